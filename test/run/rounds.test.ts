import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canCountForks, countForks } from '../facts/look.ts';
import { localFleet, type Fleet } from './harness.ts';
import type { SeenSend } from './watched_transports.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await localFleet();
});
afterAll(() => fleet.close());

const play = (tasks: readonly string[], rest = ''): string =>
  `- hosts: all\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join('')}${rest}`;

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Things with values of their own; those of `changing` are not as wanted yet. */
function things(folder: string, count: number, changing: readonly number[]): readonly string[] {
  const root = join(fleet.root(), folder);
  mkdirSync(root);
  for (const n of numbers(count)) if (!changing.includes(n)) writeFileSync(join(root, `${n}`), 'wanted\n');
  return numbers(count).map((n) => `thing: { at: "{{ root }}/${folder}/${n}", value: wanted }`);
}

describe('rounds by counting sends', () => {
  test('a converged play takes one, whatever its length', async () => {
    const ended = await fleet.run(play(things('converged', 40, [])));
    expect(ended.host()).toMatchObject({ status: 'ok', sends: 1, counts: { ok: 40 } });
  });

  test('a converged play of files, edits and loops takes one', async () => {
    const text = play([
      'file: { path: "{{ root }}/a", state: directory }',
      'copy: { dest: "{{ root }}/a/{{ item }}", content: "{{ item }}\\n" }\n      loop: [x, y, z]',
      'lineinfile: { path: "{{ root }}/a/x", line: more }',
      'stat: { path: "{{ root }}/a" }\n      register: seen',
      'debug: { msg: "{{ seen.stat.exists }}" }',
    ]);
    expect((await fleet.run(text)).exit).toBe(0);
    // Copy and lineinfile on one file would change it in turn for ever.
    const again = text.replace('a/x", line', 'a/other", create: true, line');
    await fleet.run(again);
    const ended = await fleet.run(again);
    expect(ended.host()).toMatchObject({ status: 'ok', sends: 1 });
    expect(ended.said()).toEqual(['true']);
  });

  test('each task that changes adds one', async () => {
    const ended = await fleet.run(play(things('three', 12, [2, 3, 9])));
    expect(ended.host()).toMatchObject({ sends: 4, counts: { ok: 9, changed: 3 } });
  });

  test('300 tasks with 10 changes take eleven', async () => {
    const changing = numbers(10).map((n) => n * 29 + 3);
    const ended = await fleet.run(play(things('many', 300, changing)));
    expect(ended.host()).toMatchObject({ sends: 11, counts: { ok: 290, changed: 10 } });
  });

  test('300 file tasks with 10 changes take at most eleven', async () => {
    const root = join(fleet.root(), 'files');
    mkdirSync(root);
    const changing = numbers(10).map((n) => n * 29 + 3);
    for (const n of numbers(300)) if (!changing.includes(n)) writeFileSync(join(root, `${n}`), 'wanted\n');
    const ended = await fleet.run(
      play(numbers(300).map((n) => `copy: { dest: "{{ root }}/files/${n}", content: "wanted\\n" }`)),
    );
    expect(ended.host().counts).toEqual({ ok: 290, changed: 10 });
    expect(ended.sends()).toBeLessThanOrEqual(11);
  });

  test('a first run of neighbouring files goes in few', async () => {
    const tasks = [
      ...numbers(10).map((n) => `file: { path: "{{ root }}/first${n}", state: directory }`),
      ...numbers(20).map((n) => `copy: { dest: "{{ root }}/first${n % 10}/${n}", content: "${n}\\n" }`),
    ];
    const ended = await fleet.run(play(tasks));
    expect(ended.host()).toMatchObject({ status: 'changed', counts: { changed: 30 } });
    expect(ended.sends()).toBeLessThanOrEqual(4);
    expect((await fleet.run(play(tasks))).sends()).toBe(1);
  });

  test('arguments that need facts of the host add one, once', async () => {
    const tasks = numbers(3).map(
      (n) => `copy: { dest: "{{ root }}/facts${n}", content: "{{ facts.kernel.release }} ${n}\\n" }`,
    );
    await fleet.run(play(tasks));
    const ended = await fleet.run(play(tasks));
    expect(ended.host()).toMatchObject({ status: 'ok', sends: 2 });
  });

  test('facts in conditions are asked with the rest and cost nothing', async () => {
    const tasks = things('conditions', 3, []).map(
      (task) => `${task}\n      when: facts.kernel.release != ''`,
    );
    expect((await fleet.run(play(tasks))).host()).toMatchObject({ counts: { ok: 3 }, sends: 1 });
  });

  test('facts in conditions behind commands add nothing to the commands', async () => {
    const tasks = numbers(4).map(() => `command: "true"\n      when: facts.kernel.release != ''`);
    expect((await fleet.run(play(tasks))).host()).toMatchObject({ counts: { changed: 4 }, sends: 5 });
  });

  test('a handler that changes something adds one, its look goes with the change that notified it', async () => {
    const [task = '', handler = ''] = things('handler', 2, [0, 1]);
    const text = play([`${task}\n      notify: go`], `  handlers:\n    - name: go\n      ${handler}\n`);
    expect((await fleet.run(text)).host()).toMatchObject({ counts: { changed: 2 }, sends: 3 });
  });

  test('a task whose condition hangs on a register is looked at ahead', async () => {
    const [first = '', second = ''] = things('register', 2, []);
    const text = play([`${first}\n      register: seen`, `${second}\n      when: "!seen.changed"`]);
    expect((await fleet.run(text)).host()).toMatchObject({ counts: { ok: 2 }, sends: 1 });
  });
});

describe('two identities', () => {
  const canBecome = process.getuid?.() === 0 && existsSync('/usr/bin/sudo');

  test.runIf(canBecome)('are asked side by side, one send each (needs root and sudo)', async () => {
    const [first = '', second = ''] = things('identities', 2, []);
    const text = play([first, `${second}\n      become: true\n      become_user: nobody`]);
    const asked: string[] = [];
    const ended = await fleet.run(text, {
      watch: { before: ({ identity }) => void asked.push(identity.key) },
    });
    expect(ended.host()).toMatchObject({ counts: { ok: 2 }, sends: 2 });
    expect(asked.toSorted()).toEqual(['login', 'sudo:nobody']);
  });
});

describe.runIf(canCountForks)('forks on the host (needs strace)', () => {
  test.each([
    ['directories', (n: number) => `file: { path: "{{ root }}/d${n}", state: directory }`],
    ['contents', (n: number) => `copy: { dest: "{{ root }}/c${n}", content: "${n}" }`],
    ['lines', (n: number) => `lineinfile: { path: "{{ root }}/l", line: "${n}", create: true }`],
  ])('%s: a hundred are asked with as few as ten', async (_what, task) => {
    const forks = async (count: number): Promise<number> => {
      let sum = 0;
      const before = ({ frames }: SeenSend) => {
        for (const { script } of frames) sum += countForks('dash', script);
      };
      await fleet.run(play(numbers(count).map(task)), { check: true, watch: { before } });
      return sum;
    };
    expect(await forks(100)).toBe(await forks(10));
  });
});
