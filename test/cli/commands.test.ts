import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localFleet, type Fleet } from '../run/harness.ts';
import { fettle } from './fettle.ts';

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  fleet = await localFleet(2);
});
afterAll(() => fleet.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-cli-'));
});
afterEach(() => {
  for (const run of runs()) fleet.owns(run);
  rmSync(folder, { recursive: true, force: true });
});

const say = (...words: readonly string[]) =>
  fettle([...words, ...(words[0] === 'runs' ? [] : ['-i', fleet.inventory])], {
    FETTLE_STATE: join(folder, 'state'),
    HOME: folder,
  });
const runs = (): readonly string[] => {
  const kept = join(folder, 'state', 'runs');
  return existsSync(kept) ? readdirSync(kept).toSorted() : [];
};

describe('fettle do', () => {
  test('runs one module and shows what came of it', async () => {
    const said = await say('do', 'h1', 'command', 'cmd=echo hello');
    expect(said.code).toBe(0);
    expect(said.stdout).toContain('  h1  changed  command\n      run echo hello\n');
    expect(said.stdout).toContain('      hello\n');
  });

  test('shows what a module that only tells has found', async () => {
    const said = await say('do', 'h1', 'stat', 'path=/');
    expect(said.code).toBe(0);
    expect(said.stdout).toContain('          "isdir": true,\n');
  });

  test('takes the arguments of the module, typed by it, and the options of run', async () => {
    const words = ['do', 'all', 'copy', `dest=${folder}/made`, 'content=x', 'mode=0600'];
    const check = await say(...words, '-C', '-D', '-l', 'h2');
    expect(check.stdout).toContain('  h2  changed  copy\n');
    expect(check.stdout).not.toContain('h1');
    expect(existsSync(join(folder, 'made'))).toBe(false);
    expect((await say(...words, '-f', '1')).code).toBe(0);
    expect(readFileSync(join(folder, 'made'), 'utf8')).toBe('x');
  });

  test('the way back is told only where there is one', async () => {
    expect((await say('do', 'h1', 'command', 'cmd=true')).stdout).not.toContain('to take it back');
    const made = await say('do', 'h1', 'copy', `dest=${folder}/made`, 'content=x');
    expect(made.stdout).toMatch(/\nto take it back: fettle undo \S+\n$/);
  });

  test('a failure is exit status 2', async () => {
    expect((await say('do', 'h1', 'command', 'cmd=false')).code).toBe(2);
  });
});

describe('fettle facts', () => {
  test('is JSON by host', async () => {
    const said = await say('facts', 'all');
    expect(said.code).toBe(0);
    const told = JSON.parse(said.stdout) as Record<string, Record<string, unknown>>;
    expect(Object.keys(told)).toEqual(['h1', 'h2']);
    expect(Object.keys(told['h1'] ?? {}).toSorted()).toEqual([
      'init',
      'kernel',
      'os',
      'package_manager',
      'selinux',
    ]);
  });

  test('a pattern that the limit empties is told', async () => {
    const said = await say('facts', 'h1', '-l', 'h2');
    expect([said.stdout, said.stderr]).toEqual(['{}\n', 'warning: no host is selected\n']);
  });

  test('a host that cannot be reached is told among the others: exit status 4', async () => {
    const hosts = join(folder, 'hosts.ini');
    writeFileSync(hosts, 'up ansible_connection=local\ndown ansible_host=127.0.0.1 ansible_port=1\n');
    const said = await fettle(['facts', 'all', '-i', hosts], { HOME: folder });
    expect(said.code).toBe(4);
    const told = JSON.parse(said.stdout) as Record<string, Record<string, unknown>>;
    expect(told['up']).toHaveProperty('os');
    expect(told['down']).toMatchObject({ error: expect.any(String), next: expect.any(String) });
  });
});

describe('fettle runs and fettle undo', () => {
  test('a run is listed and taken back by its name', async () => {
    await say('do', 'all', 'copy', 'dest={{ root }}/f', 'content=x');
    const [run = ''] = runs();
    expect((await say('runs')).stdout).toMatch(new RegExp(`^${run}  exit 0  2 hosts  2 changes  `));
    const shown = await say('undo', run, '-C');
    expect(shown.stdout).toContain(`  h1  changed  take back: write ${fleet.root(1)}/f\n`);
    expect(existsSync(join(fleet.root(1), 'f'))).toBe(true);
    const undone = await say('undo', run, '-l', 'h1');
    expect(undone.code).toBe(0);
    expect(undone.stdout).toMatch(/^PLAY undo of .* {2}1 host\n/);
    // What was taken back is not taken back again by that run's name.
    expect(undone.stdout).not.toContain('to take it back');
    expect([1, 2].map((host) => existsSync(join(fleet.root(host), 'f')))).toEqual([false, true]);
    expect((await say('undo', run)).code).toBe(0);
    expect(existsSync(join(fleet.root(2), 'f'))).toBe(false);
  });

  test('the recap of an undo has the order of the inventory', async () => {
    const play = (host: string) =>
      `- { hosts: ${host}, tasks: [copy: { dest: "{{ root }}/o", content: x }] }\n`;
    writeFileSync(join(folder, 'p.yml'), play('h2') + play('h1'));
    expect((await say('run', join(folder, 'p.yml'))).code).toBe(0);
    const undone = await say('undo', runs()[0] ?? '');
    expect(undone.stdout).toMatch(/\nRECAP {2}2 hosts {2}2 changed\n {2}h1 .*\n {2}h2 /);
  });

  test('a damaged record is told with its line, and hides no other', async () => {
    await say('do', 'h1', 'command', 'cmd=true');
    const [run = ''] = runs();
    const kept = join(folder, 'state', 'runs');
    const damaged = join(kept, '20200101-000000-aaaaaaaa');
    for (const name of ['20200101-000000-aaaaaaaa', '20200101-000000-bbbbbbbb']) mkdirSync(join(kept, name));
    writeFileSync(join(kept, 'notes.txt'), '');
    writeFileSync(join(damaged, 'events.jsonl'), '{"event":"said"}\nhalf a\n');
    const why = `the run's record is damaged: line 2 of ${damaged}/events.jsonl is not JSON`;
    const listed = await say('runs');
    expect(listed.stdout.split('\n')).toEqual([
      `20200101-000000-aaaaaaaa  ${why}`,
      `${run}  exit 0  1 host  1 change  command line`,
      '',
    ]);
    const undone = await say('undo', '20200101-000000-aaaaaaaa');
    expect([undone.code, undone.stderr]).toEqual([1, expect.stringContaining(`${why}\n`)]);
  });

  test('with the inventory and the ways of that run', async () => {
    const environment = { FETTLE_STATE: join(folder, 'state'), HOME: folder };
    const words = ['do', 'web1', 'copy', `dest=${folder}/f`, 'content=x'];
    expect((await fettle([...words, '-i', 'web1,', '-c', 'local'], environment)).code).toBe(0);
    const [run = ''] = runs();
    expect((await fettle(['undo', run], environment)).code).toBe(0);
    expect(existsSync(join(folder, 'f'))).toBe(false);
  });
});

describe('where there is no -i', () => {
  const words = ['do', 'all', 'debug', 'msg={{ inventory_hostname }}', '-c', 'local'];

  test('$FETTLE_INVENTORY is taken', async () => {
    const said = await fettle(words, { FETTLE_STATE: join(folder, 'state'), FETTLE_INVENTORY: 'one,two' });
    expect(said.stdout).toContain('PLAY all  2 hosts');
  });

  test('./inventory is taken', async () => {
    writeFileSync(join(folder, 'inventory'), 'a\nb\nc\n');
    const said = await fettle(words, { FETTLE_STATE: join(folder, 'state'), FETTLE_INVENTORY: '' }, folder);
    expect(said.stdout).toContain('PLAY all  3 hosts');
  });
});
