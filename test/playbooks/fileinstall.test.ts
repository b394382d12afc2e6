import { mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileinstallWatcher } from './fileinstall.ts';

/** For a busy machine. */
const patience = { timeout: 15_000 };

let etc: string;
let watcher: FileinstallWatcher | undefined;

beforeEach(async () => {
  etc = await mkdtemp(join(tmpdir(), 'fettle-fileinstall-'));
});

afterEach(async () => {
  await watcher?.stop();
  await rm(etc, { recursive: true, force: true });
});

async function start(content: string, version?: '3.6.8'): Promise<void> {
  await writeFile(join(etc, 'a.b.cfg'), content, 'latin1');
  const options = { etc, log: join(etc, 'karaf.log'), pid: 'a.b', flag: 'on', poll: 20 };
  watcher = await FileinstallWatcher.start({ ...options, ...(version === undefined ? {} : { version }) });
}

/** What the log says, without times, threads and bundles. */
async function said(): Promise<readonly string[]> {
  const text = await readFile(join(etc, 'karaf.log'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => line.split(' | ').slice(5));
}

async function replace(content: string): Promise<void> {
  await writeFile(join(etc, '.a.b.cfg.tmp'), content, 'latin1');
  await rename(join(etc, '.a.b.cfg.tmp'), join(etc, 'a.b.cfg'));
}

test('says what it took in at the start', async () => {
  await start('on = TRUE\n');
  expect(await said()).toEqual([
    `Creating configuration {a.b} from ${etc}/a.b.cfg`,
    'Configuration updated, flag=true',
  ]);
});

test.each([
  ['on = FALSE\n', ['Configuration updated, flag=false'], false],
  ['on = false\r\n', ['Configuration updated, flag=false'], false],
  ['on = FALSE \n', ['Value is neither TRUE nor FALSE: "FALSE "', 'Configuration updated, flag=true'], true],
  ['on = no\n', ['Value is neither TRUE nor FALSE: "no"', 'Configuration updated, flag=true'], true],
  ['other = 1\n', ['No configuration, use default'], true],
  ['on = B"false"\n', ['java.lang.Boolean cannot be cast to java.lang.String, use default true'], true],
])('takes %j as the application does', async (content, lines, flag) => {
  await start('on = TRUE\n');
  const before = (await said()).length;
  await replace(content);
  await expect
    .poll(async () => (await said()).slice(before), patience)
    .toEqual([`Updating configuration {a.b} from ${etc}/a.b.cfg`, ...lines]);
  expect(watcher?.flag).toBe(flag);
});

test('the older version names the file alone', async () => {
  await start('on = TRUE\n', '3.6.8');
  await replace('on = FALSE\n');
  await expect.poll(said, patience).toContain('Updating configuration from a.b.cfg');
});

test('a backup with a dash becomes a configuration, one that does not end in .cfg does not', async () => {
  await start('on = TRUE\n');
  await writeFile(join(etc, 'a.b.cfg.bak'), 'on = FALSE\n');
  await writeFile(join(etc, 'a.b-bak.cfg'), 'on = FALSE\n');
  await expect.poll(said, patience).toContain(`Creating configuration {a.b~bak} from ${etc}/a.b-bak.cfg`);
  expect((await said()).join('\n')).not.toContain('cfg.bak');
  expect(watcher?.flag).toBe(true);
});

test('other comments and layout with equal properties are no update', async () => {
  await start('on = TRUE\n');
  const before = await said();
  await replace('# a comment\non: TRUE\n');
  await writeFile(join(etc, 'later.cfg'), 'x = 1\n');
  await expect.poll(said, patience).toContain(`Creating configuration {later} from ${etc}/later.cfg`);
  expect((await said()).slice(0, -2)).toEqual(before.slice(0, -1));
});

test('the same length and time are not seen', async () => {
  await start('on = TRUE \n');
  const then = new Date('2026-01-01T00:00:00Z');
  await utimes(join(etc, 'a.b.cfg'), then, then);
  await writeFile(join(etc, 'later.cfg'), 'x = 1\n');
  await expect.poll(said, patience).toContain(`Creating configuration {later} from ${etc}/later.cfg`);
  const before = await said();
  await writeFile(join(etc, '.next'), 'on = FALSE\n');
  await utimes(join(etc, '.next'), then, then);
  await rename(join(etc, '.next'), join(etc, 'a.b.cfg'));
  await writeFile(join(etc, 'latest.cfg'), 'x = 1\n');
  await expect.poll(said, patience).toContain(`Creating configuration {latest} from ${etc}/latest.cfg`);
  expect((await said()).slice(0, -2)).toEqual(before.slice(0, -1));
});

test('a deleted file leaves the application with its old value', async () => {
  await start('on = TRUE\n');
  await rm(join(etc, 'a.b.cfg'));
  await expect.poll(said, patience).toContain('No configuration, use default');
  expect(watcher?.flag).toBe(true);
});
