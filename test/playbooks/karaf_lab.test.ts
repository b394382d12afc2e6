import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLab, type Lab } from '../hosts/lab.ts';
import { labMissing } from '../hosts/lab_requirements.ts';
import { fettle } from './fettle.ts';
import { FileinstallWatcher } from './fileinstall.ts';

const missing = labMissing();
const title = `karaf-flag on namespace hosts${missing === null ? '' : ` (not run: needs ${missing})`}`;
const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'karaf-flag', 'playbook.yml');
const pid = 'com.example.feature';
const configuration = `# by hand\r\non: TRUE\r\n`;

describe.runIf(missing === null)(title, { timeout: 120_000 }, () => {
  let lab: Lab;
  let scratch: string;
  const watchers: FileinstallWatcher[] = [];

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-karaf-lab-'));
    lab = await startLab({ debian: 2, busybox: 1 });
    await writeFile(
      join(scratch, 'karaf.ini'),
      `[karaf]\n${lab.hosts.map((host) => `${host.name}\n`).join('')}`,
    );
    for (const host of lab.hosts) watchers.push(await install(join(await host.files(), 'opt', 'karaf')));
  }, 600_000);

  afterAll(async () => {
    await Promise.all(watchers.map((watcher) => watcher.stop()));
    await lab.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  const run = (...words: string[]) => {
    const variables = {
      karaf_etc: '/opt/karaf/etc',
      pid,
      flag: 'on',
      wanted: 'FALSE',
      application_line: 'flag=false',
    };
    const inventories = ['-i', lab.inventory, '-i', join(scratch, 'karaf.ini')];
    const all = ['run', playbook, ...inventories, '-e', JSON.stringify(variables), ...words];
    return fettle(all, join(scratch, 'state'));
  };

  test.each([
    ['ops with sudo', 'debian1', ['-u', 'ops', '-b']],
    ['root on Debian', 'debian2', []],
    ['root on busybox', 'busybox1', []],
  ])('%s', async (_name, name, words) => {
    const index = lab.hosts.findIndex((host) => host.name === name);
    const root = join((await lab.hosts[index]?.files()) ?? '', 'opt', 'karaf');
    const ended = await run('-l', name, ...words);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(join(root, 'etc', `${pid}.cfg`), 'latin1')).toBe(
      configuration.replace('TRUE', 'FALSE'),
    );
    expect(watchers[index]?.flag).toBe(false);
    const { uid, gid, mode } = await stat(join(root, 'etc', `${pid}.cfg`));
    expect([uid, gid, mode & 0o777]).toEqual([1000, 1000, 0o640]);
    expect(await run('-l', name, '--check', '--exit-code', ...words)).toMatchObject({ code: 0, stderr: '' });
  });
});

/** Puts a Karaf's folders on a host, owned by its user 1000, and watches them from outside. */
async function install(karaf: string): Promise<FileinstallWatcher> {
  const etc = join(karaf, 'etc');
  const log = join(karaf, 'data', 'log', 'karaf.log');
  await mkdir(etc, { recursive: true });
  await mkdir(join(log, '..'), { recursive: true });
  const file = join(etc, `${pid}.cfg`);
  await writeFile(file, configuration);
  await chmod(file, 0o640);
  for (const path of [etc, file]) await chown(path, 1000, 1000);
  return FileinstallWatcher.start({ etc, etcOnHost: '/opt/karaf/etc', log, pid, flag: 'on', poll: 50 });
}
