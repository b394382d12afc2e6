import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fettle } from '../playbooks/fettle.ts';
import { startLab, type Lab } from './lab.ts';
import { labMissing } from './lab_requirements.ts';

const missing = labMissing();
const title = `a rescue takes its block back${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 120_000 }, () => {
  let lab: Lab;
  let scratch: string;
  let root: string;
  let other: string;
  let runs = 0;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-undo-block-'));
    lab = await startLab({ debian: 2 });
    [root = '', other = ''] = await Promise.all(lab.hosts.map((host) => host.files()));
  }, 600_000);

  afterAll(async () => {
    await lab.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  async function run(play: object, ...words: string[]) {
    const playbook = join(scratch, `${(runs += 1)}.json`);
    await writeFile(playbook, JSON.stringify([{ hosts: 'debian1', ...play }]));
    const ran = await fettle(
      ['run', playbook, '-i', lab.inventory, '--output', 'jsonl', ...words],
      join(scratch, `state${runs}`),
    );
    const events = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const tasks = events.filter(({ event }) => event === 'task_ended');
    return { ...ran, events, tasks: tasks.map(({ task, status }) => `${task}: ${status}`) };
  }

  const copy = (dest: string, content: string) => ({ copy: { dest, content } });

  test('files, their undo proven, what cannot be taken back told, a delegated change taken back there', async () => {
    await writeFile(join(root, 'etc/kept'), 'before\n');
    const ended = await run({
      tasks: [
        copy('/etc/outside', 'stays\n'),
        {
          block: [
            copy('/etc/kept', 'after\n'),
            { name: 'touch', command: 'touch /etc/by-command' },
            { ...copy('/etc/elsewhere', 'x\n'), delegate_to: 'debian2' },
            { name: 'new', file: { path: '/etc/new/deep', state: 'directory' } },
            { name: 'break', command: 'false' },
            copy('/etc/never', 'x\n'),
          ],
          rescue: [{ name: 'back', meta: 'undo_block' }, copy('/etc/rescued', 'x\n')],
        },
      ],
    });
    expect(ended.stderr).toBe('');
    expect(ended.tasks).toEqual([
      'copy: changed',
      'copy: changed',
      'touch: changed',
      'copy: changed',
      'new: changed',
      'break: failed',
      'back: changed',
      'copy: changed',
    ]);
    const back = ended.events.find(({ task }) => task === 'back');
    expect(back?.['message']).toMatch(/^touch \/etc\/by-command|run: touch|touch/);
    expect((back?.['changes'] as unknown[]).length).toBeGreaterThan(2);
    expect(ended.code).toBe(0);
    expect(await readFile(join(root, 'etc/kept'), 'utf8')).toBe('before\n');
    expect(existsSync(join(root, 'etc/new'))).toBe(false);
    expect(existsSync(join(other, 'etc/elsewhere'))).toBe(false);
    expect(existsSync(join(root, 'etc/outside')) && existsSync(join(root, 'etc/rescued'))).toBe(true);
  });

  test('somebody else’s change since is not overwritten', async () => {
    const ended = await run({
      tasks: [
        {
          block: [
            copy('/etc/theirs', 'ours\n'),
            { name: 'meddle', shell: 'echo theirs >/etc/theirs', changed_when: false },
            { fail: { msg: 'now' } },
          ],
          rescue: [{ name: 'back', meta: 'undo_block' }],
        },
      ],
    });
    expect(ended.code).not.toBe(0);
    expect(ended.tasks.at(-1)).toBe('back: failed');
    expect(ended.events.find(({ task }) => task === 'back')?.['message']).toContain('changed again since');
    expect(await readFile(join(root, 'etc/theirs'), 'utf8')).toBe('theirs\n');
  });

  test('a handler that ran in the block runs once more after its change is gone', async () => {
    const ended = await run({
      handlers: [{ name: 'reload', shell: 'cat /etc/watched >>/etc/loaded || echo gone >>/etc/loaded' }],
      tasks: [
        {
          block: [
            { ...copy('/etc/watched', 'new\n'), notify: 'reload' },
            { meta: 'flush_handlers' },
            { fail: { msg: 'now' } },
          ],
          rescue: [{ meta: 'undo_block' }],
        },
      ],
    });
    expect(ended.code).toBe(0);
    expect(await readFile(join(root, 'etc/loaded'), 'utf8')).toBe('new\ngone\n');
  });

  test('a connection that stands by takes over, and a host where all is well opens none', async () => {
    // The end of the connection over which it came.
    const cut = `p=$$; until [ "$(cat /proc/$p/comm)" = sshd ]; do p=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$p/status); [ "$p" -gt 1 ] || exit 9; done; kill -9 "$p"; sleep 5`;
    const play = (tasks: readonly unknown[]) => ({
      tasks: [{ standby: true, block: tasks, rescue: [{ name: 'back', meta: 'undo_block' }] }],
    });
    const ended = await run(play([copy('/etc/cut', 'x\n'), { name: 'cut', shell: cut }]));
    expect(ended.tasks).toEqual(['copy: changed', 'cut: unknown', 'back: changed']);
    expect(ended.events.find(({ task }) => task === 'cut')?.['message']).toContain('has taken over');
    expect(existsSync(join(root, 'etc/cut'))).toBe(false);

    const without = await run({
      tasks: [
        { block: [copy('/etc/cut', 'x\n'), { name: 'cut', shell: cut }], rescue: [{ meta: 'undo_block' }] },
      ],
    });
    expect(without.tasks).toEqual(['copy: changed', 'cut: unknown']);
    expect(existsSync(join(root, 'etc/cut'))).toBe(true);

    // What was cut goes on: its end is waited for, by the rescue and by `fettle undo`.
    const long = {
      name: 'long',
      shell: {
        cmd: `${cut.replace('sleep 5', 'sleep 2')}; echo late >/etc/late`,
        undo: 'cat /etc/late >>/etc/seen; rm -f /etc/late',
      },
    };
    const back = await run(play([long]));
    expect(back.tasks).toEqual(['long: unknown', 'back: changed']);
    const alone = await run({ tasks: [long] });
    expect(alone.tasks).toEqual(['long: unknown']);
    const undone = await fettle(
      ['undo', String(alone.events[0]?.['run']), '-i', lab.inventory],
      join(scratch, `state${runs}`),
    );
    expect(undone, undone.stdout).toMatchObject({ code: 0 });
    expect(existsSync(join(root, 'etc/late'))).toBe(false);
    expect(await readFile(join(root, 'etc/seen'), 'utf8')).toBe('late\nlate\n');

    const keys = '/root/.ssh/authorized_keys';
    // A login that fails: the way back is the connection that stands by.
    const shut = await run(
      play([copy(keys, '# nobody\n'), { name: 'anew', wait_for_connection: { timeout: 3, sleep: 0.5 } }]),
    );
    expect(shut.tasks).toEqual(['copy: changed', 'anew: failed', 'back: changed']);
    expect(await readFile(join(root, keys), 'utf8')).toMatch(/^ssh-/);

    const well = await run(play([copy('/etc/cut', 'x\n')]), '-vvv');
    expect(well.tasks).toEqual(['copy: ok']);
    expect(well.stderr).not.toContain('standby');
  });
});
