import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Ended } from './fettle.ts';
import { startKarafFleet, type KarafFleet, wanted } from './karaf_fleet.ts';
import { flag, pid, type KarafHost } from './karaf_host.ts';

let fleet: KarafFleet;
let host: KarafHost;

afterEach(() => fleet.close());

async function start(configuration: string | null, options?: { version: '3.6.8' }): Promise<void> {
  fleet = await startKarafFleet([configuration], options);
  [host] = fleet.hosts as [KarafHost];
}

function run(variables: Readonly<Record<string, unknown>> = wanted, ...more: string[]): Promise<Ended> {
  return fleet.run(variables, ...more);
}

test('check mode shows the difference and touches nothing', async () => {
  await start(`${flag} = TRUE\n`);
  const ended = await run(wanted, '--check', '--diff', '--exit-code');
  expect(ended).toMatchObject({ code: 3 });
  expect(ended.stdout).toContain(`-${flag} = TRUE`);
  expect(ended.stdout).toContain(`+${flag} = FALSE`);
  expect(await host.configuration()).toBe(`${flag} = TRUE\n`);
});

test('a host that is as wanted is left alone, and no line is waited for', async () => {
  await start(`${flag} = FALSE\n`);
  expect(await run(wanted, '--check', '--exit-code')).toMatchObject({ code: 0, stderr: '' });
  const ended = await run();
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toContain('(1 send)');
  expect(await host.log()).not.toContain('Updating');
});

test('undo gives the file its bytes back, and Karaf reads it again', async () => {
  await start(`# on\n${flag} = TRUE\n`);
  await run();
  expect(await fleet.undo()).toMatchObject({ code: 0, stderr: '' });
  expect(await host.configuration()).toBe(`# on\n${flag} = TRUE\n`);
  await expect.poll(() => host.flag(), { timeout: 10_000 }).toBe(true);
});

test('fileinstall 3.6 with its shorter line is understood', async () => {
  await start(`${flag} = TRUE\n`, { version: '3.6.8' });
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
});

test('a flag may be wanted TRUE, and as a boolean', async () => {
  await start(`${flag} = FALSE\n`);
  const ended = await run({ ...wanted, wanted: true, application_line: 'flag=true' });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(await host.configuration()).toBe(`${flag} = TRUE\n`);
});

describe('what cannot be right is refused before any host is touched', () => {
  test.each([
    ['a factory', { ...wanted, pid: 'com.example-one' }, /pid/],
    ['any other value', { ...wanted, wanted: 'no' }, /wanted/],
    ['a missing variable', { pid, flag }, /wanted/],
    ['a relative folder', { ...wanted, karaf_etc: 'etc' }, /karaf_etc/],
  ])('%s', async (_name, variables, says) => {
    await start(`${flag} = TRUE\n`);
    const ended = await run(variables);
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr).toMatch(says);
    expect(await host.configuration()).toBe(`${flag} = TRUE\n`);
  });
});

describe('the host is said to have failed', () => {
  test('where there is no such configuration', async () => {
    await start(`${flag} = TRUE\n`);
    const ended = await run({ ...wanted, pid: 'com.example.other' });
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stdout + ended.stderr).toContain('com.example.other.cfg is not there');
  });

  test('where Karaf does not read the change', async () => {
    await start(`${flag} = TRUE\n`);
    await host.stopKaraf();
    const ended = await run({ ...wanted, timeout_seconds: 1 });
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stdout).toContain('Karaf has read the configuration anew');
  });

  test('where the application does not say that it took the value', async () => {
    await start(`${flag} = TRUE\n`);
    const ended = await run({ ...wanted, application_line: 'flag=(off|0)', timeout_seconds: 2 });
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stdout).toContain('The application has taken the flag');
  });
});

test('a file whose every value is typed is refused: Karaf would hand on a Boolean', async () => {
  await start(`${flag} = B"true"\n`);
  const ended = await run();
  expect(ended).toMatchObject({ code: 2 });
  expect(ended.stdout).toContain('holds typed values only');
  expect(await host.configuration()).toBe(`${flag} = B"true"\n`);
});

// Several runs each, on a machine that may be busy.
describe('what could not be proven is proven by the next run', { timeout: 120_000 }, () => {
  test('which waits for the same lines, and then forgets', async () => {
    await start(`${flag} = TRUE\n`);
    await host.stopKaraf();
    const first = await run({ ...wanted, timeout_seconds: 1 });
    expect(first).toMatchObject({ code: 2 });
    // Also one that is cut right after the change owes the proof.
    expect(first.stdout).toMatch(/ Note that the change is to be proven\n[^]* changed {2}Set the flag\n/);
    const again = await run({ ...wanted, timeout_seconds: 1 });
    expect(again).toMatchObject({ code: 2 });
    expect(again.stdout).toContain('Karaf has not read it');
    await host.startKaraf();
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    expect(host.flag()).toBe(false);
    expect(await readdir(host.etc)).toEqual([`${pid}.cfg`]);
    const last = await run();
    expect(last).toMatchObject({ code: 0, stderr: '' });
    expect(last.stdout).toContain('(1 send)');
  });

  test('not where another value is wanted, and undo takes the note along', async () => {
    await start(`${flag} = TRUE\n`);
    await host.stopKaraf();
    expect(await run({ ...wanted, timeout_seconds: 1 })).toMatchObject({ code: 2 });
    await writeFile(join(host.etc, `${pid}.cfg`), `${flag} = TRUE\n`);
    expect(await run({ ...wanted, wanted: 'TRUE' })).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(host.etc)).toEqual([`${pid}.cfg`]);
    expect(await run({ ...wanted, timeout_seconds: 1 })).toMatchObject({ code: 2 });
    expect(await fleet.undo()).toMatchObject({ code: 0 });
    expect(await host.configuration()).toBe(`${flag} = TRUE\n`);
    expect(await readdir(host.etc)).toEqual([`${pid}.cfg`]);
  });
});

test('backups that Karaf takes for configurations are named', async () => {
  await start(`${flag} = FALSE\n`);
  for (const name of [`${pid}-bak.cfg`, 'other.old.cfg', 'fine.cfg', `${pid}.cfg.bak`])
    await writeFile(join(host.etc, name), 'a = b\n');
  const ended = await run();
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const named = [...ended.stdout.matchAll(/\.config: .*\/(\S+)$/gm)].map((line) => line[1]);
  expect(named.sort()).toEqual([`${pid}-bak.cfg`, 'other.old.cfg']);
});
