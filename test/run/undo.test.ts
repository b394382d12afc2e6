import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Event } from '../../engine/run/events.ts';
import { snapshot } from '../modules/harness.ts';
import { embeddedFleet, localFleet, type Fleet } from './harness.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

const tasks = `
- hosts: all
  tasks:
    - { file: { path: "{{ root }}/d", state: directory, mode: "0750" } }
    - { copy: { dest: "{{ root }}/d/new", content: "new\\n" } }
    - { copy: { dest: "{{ root }}/old", content: "changed\\n", mode: "0600" } }
    - { lineinfile: { path: "{{ root }}/old", line: once } }
    - { lineinfile: { path: "{{ root }}/old", line: twice } }
    - { file: { path: "{{ root }}/gone", state: absent } }
`.trim();

/** Furnishes the hosts; gives what their folders hold. */
function furnish(): readonly Record<string, string>[] {
  return fleet.hosts.map(({ root }, index) => {
    const { uid, gid } = statSync(root);
    for (const [name, text] of [
      ['old', `old ${index}\n`],
      ['gone', 'gone\n'],
    ] as const) {
      writeFileSync(join(root, name), text);
      spawnSync('chown', [`${uid}:${gid}`, join(root, name)]);
    }
    return state()[index] as Record<string, string>;
  });
}

/** All that undo must give back: the shells' own folders are no part of it. */
function state(): readonly Record<string, string>[] {
  return fleet.hosts.map(({ root }) =>
    Object.fromEntries(Object.entries(snapshot(root)).filter(([name]) => !name.startsWith('./.'))),
  );
}

describe('a run is taken back', () => {
  test.each([
    ['on this machine', () => localFleet(3)],
    ['over SSH, as a user', () => embeddedFleet(2)],
  ])('%s, last change first; twice is harmless', async (_what, start) => {
    fleet = await start();
    const before = furnish();
    const made = await fleet.run(tasks);
    expect(made.exit).toBe(0);
    const after = state();
    expect(after).not.toEqual(before);

    const shown = await fleet.undo(made.run, { check: true });
    expect(shown.line()).toEqual(shown.tasks().map(({ task }) => `${task}: changed`));
    expect(state()).toEqual(after);

    const undone = await fleet.undo(made.run);
    expect(undone.exit).toBe(0);
    expect(state()).toEqual(before);
    expect(undone.tasks().map(({ task }) => task)).toEqual(
      made
        .changes()
        .toReversed()
        .map(({ what }) => `take back: ${what.join('; ')}`),
    );
    expect(undone.host()).toMatchObject({ status: 'changed', counts: { changed: 6 } });

    const again = await fleet.undo(made.run);
    expect(again.exit).toBe(0);
    expect(again.host()).toMatchObject({ status: 'ok', counts: { ok: 6 } });
    expect(again.tasks()[0]).toMatchObject({ status: 'ok', message: 'it is as it was before' });
    expect(state()).toEqual(before);
  });

  test('only on the hosts that are asked for', async () => {
    fleet = await localFleet(2);
    furnish();
    const made = await fleet.run(tasks);
    const undone = await fleet.undo(made.run, { limit: 'h2' });
    expect(existsSync(join(fleet.root(1), 'd'))).toBe(true);
    expect(existsSync(join(fleet.root(2), 'd'))).toBe(false);
    expect(undone.events.filter(({ event }) => event === 'host_ended')).toHaveLength(1);
  });

  test('what somebody has changed since is refused, and nothing before it touched', async () => {
    fleet = await localFleet(2);
    furnish();
    const made = await fleet.run(tasks);
    writeFileSync(join(fleet.root(1), 'old'), 'by hand\n');
    const undone = await fleet.undo(made.run);
    expect(undone.line('h1')).toMatchObject([/changed/, /failed/]);
    expect(undone.tasks('h1')[1]).toMatchObject({
      message: 'it was changed again since that run; it and all before it are left alone',
      next: 'take back first the run that changed it (`fettle runs`), or put it right by hand',
    });
    expect(readFileSync(join(fleet.root(1), 'old'), 'utf8')).toBe('by hand\n');
    expect(existsSync(join(fleet.root(1), 'd', 'new'))).toBe(true);
    expect(existsSync(join(fleet.root(1), 'gone'))).toBe(true);
    expect(undone.host('h1').status).toBe('failed');
    expect(undone.host('h2').status).toBe('changed');
    expect(undone.exit).toBe(2);
  });

  test('what cannot be taken back is told, and the rest is taken back', async () => {
    fleet = await localFleet(1);
    const made = await fleet.run(
      `
- hosts: all
  tasks:
    - { copy: { dest: "{{ root }}/first", content: x } }
    - { command: 'touch {{ root }}/made' }
    - { copy: { dest: "{{ root }}/last", content: x } }
`.trim(),
    );
    const undone = await fleet.undo(made.run);
    expect(undone.tasks()[1]).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^cannot be taken back: /),
      next: expect.stringMatching(/^put it right by hand/),
    });
    expect(readdirSync(fleet.root())).toEqual(['made']);
    expect(undone.exit).toBe(2);
  });

  test("a command's own undo runs, once", async () => {
    fleet = await localFleet(1);
    const log = join(fleet.root(), 'log');
    const made = await fleet.run(
      `- hosts: all\n  tasks:\n    - command: { cmd: "touch ${log}", undo: "echo undone >>${log}" }\n`,
    );
    expect((await fleet.undo(made.run, { check: true })).line()).toMatchObject([/changed/]);
    expect((await fleet.undo(made.run)).exit).toBe(0);
    const again = await fleet.undo(made.run);
    expect(again.tasks()[0]).toMatchObject({ status: 'ok', message: 'it was taken back before' });
    expect(readFileSync(log, 'utf8')).toBe('undone\n');
  });

  test('of a command that was announced and never sent there is nothing to take back', async () => {
    fleet = await localFleet(1);
    const log = join(fleet.root(), 'log');
    const made = await fleet.run(
      `- hosts: all\n  tasks:\n    - command: { cmd: "true", undo: "echo undone >>${log}" }\n`,
      { watch: { before: () => Promise.reject(new Error('the controller died')) } },
    );
    const undone = await fleet.undo(made.run);
    expect(undone.tasks()[0]).toMatchObject({ status: 'ok', message: 'it was never begun' });
    expect(existsSync(log)).toBe(false);
  });

  test('a run that changed nothing says so', async () => {
    fleet = await localFleet(1);
    const made = await fleet.run('- hosts: all\n  tasks:\n    - debug: { msg: x }\n');
    const undone = await fleet.undo(made.run);
    expect(undone.exit).toBe(0);
    expect(undone.events).toContainEqual({
      event: 'said',
      level: 'message',
      text: 'that run changed nothing: there is nothing to take back',
    });
  });

  test('a neighbour of one send is taken back alone', async () => {
    fleet = await localFleet(1);
    const made = await fleet.run(
      `- hosts: all\n  tasks:\n    - copy: { dest: "{{ root }}/{{ item }}", content: x }\n      loop: [a, b, c]\n`,
    );
    expect(new Set(made.changes().map(({ journal }) => journal)).size).toBe(1);
    writeFileSync(join(fleet.root(), 'b'), 'by hand');
    const undone = await fleet.undo(made.run);
    expect(undone.tasks().map(({ status }) => status)).toEqual(['changed', 'failed']);
    expect(readdirSync(fleet.root())).toEqual(['a', 'b']);
  });

  test('by hand on the host: `sh undo` and `sh undo N`', async () => {
    fleet = await localFleet(1);
    const made = await fleet.run(
      `- hosts: all\n  tasks:\n    - copy: { dest: "{{ root }}/{{ item }}", content: x }\n      loop: [a, b, c]\n`,
    );
    const journal = hostPath(made.changes()[0]?.journal ?? '');
    const undo = (...words: string[]) =>
      spawnSync('sh', [join(journal, 'undo'), ...words], { encoding: 'utf8' });
    expect(undo('2')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(fleet.root())).toEqual(['a', 'c']);
    const rest = await fleet.undo(made.run);
    expect(rest.tasks().map(({ status }) => status)).toEqual(['changed', 'ok', 'changed']);
  });
});

test('a run that was killed in mid-change can be taken back', { timeout: 60_000 }, async () => {
  fleet = await localFleet(1);
  furnish();
  const slow = join(fleet.root(), 'slow');
  mkdirSync(slow);
  const start = state();
  const file = await fleet.playbook(`${tasks}
    - { copy: { dest: "{{ root }}/slow/f", content: x, validate: "sh -c 'touch {{ root }}/.begun; until [ -e {{ root }}/.go ]; do sleep 0.05; done' %s" } }
    - { copy: { dest: "{{ root }}/last", content: x } }
`);
  const main = join(import.meta.dirname, '..', '..', 'engine', 'cli', 'main.ts');
  const running = spawn(process.execPath, ['--import', 'tsx', main, 'run', file, '-i', fleet.inventory], {
    stdio: 'ignore',
    env: { ...process.env, FETTLE_STATE: fleet.state, HOME: fleet.folder },
  });
  const ended = new Promise((resolve) => running.once('exit', resolve));
  while (!existsSync(join(fleet.root(), '.begun'))) await new Promise((resolve) => setTimeout(resolve, 20));
  running.kill('SIGKILL');
  await ended;
  writeFileSync(join(fleet.root(), '.go'), '');
  // What was sent outlives the controller and is made.
  await expect.poll(() => existsSync(join(fleet.root(), 'last')), { timeout: 20_000 }).toBe(true);
  const [run = ''] = readdirSync(join(fleet.state, 'runs'));
  fleet.owns(run);
  const undone = await fleet.undo(run);
  expect(undone.exit).toBe(0);
  expect(
    undone
      .tasks()
      .map(({ task }) => task)
      .slice(0, 2),
  ).toMatchObject([/last$/, /slow\/f$/]);
  expect(state()).toEqual(start);
});

test('a record names what it asked, so that undo needs nothing but the record', async () => {
  fleet = await localFleet(1);
  const made = await fleet.run(tasks);
  const events = made
    .record()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
  expect(events).toEqual(JSON.parse(JSON.stringify(made.events)));
  expect(made.changes()[0]).toMatchObject({
    identity: { method: null, user: null },
    questions: expect.arrayContaining([{ fact: 'path', subject: { path: join(fleet.root(), 'd') } }]),
    touches: [`path:${join(fleet.root(), 'd')}`],
    before: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

/** The folder behind a shell word: the harness's users have their state folder in the scratch folder. */
function hostPath(word: string): string {
  return spawnSync('sh', ['-c', `echo ${word}`], {
    encoding: 'utf8',
    env: { ...process.env, HOME: fleet.folder },
  }).stdout.trim();
}
