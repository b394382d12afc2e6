import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localFleet, type Fleet } from './harness.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await localFleet();
});
afterAll(() => fleet.close());

const play = (...tasks: readonly string[]): string =>
  `- hosts: all\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join('')}`;

const at = (name: string): string => join(fleet.root(), name);
const read = (name: string): string => readFileSync(at(name), 'utf8');

function folder(name: string, files: Readonly<Record<string, string>> = {}): string {
  mkdirSync(at(name));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(at(name), file), text);
  return `{{ root }}/${name}`;
}

describe('no update is lost', () => {
  test('ten tasks edit one file', async () => {
    const root = folder('ten', { conf: 'start\n' });
    const tasks = [...'0123456789'].map((n) => `lineinfile: { path: "${root}/conf", line: "line ${n}" }`);
    const ended = await fleet.run(play(...tasks));
    expect(ended.host().counts).toEqual({ changed: 10 });
    expect(read('ten/conf')).toBe(`start\n${[...'0123456789'].map((n) => `line ${n}\n`).join('')}`);
    expect((await fleet.run(play(...tasks))).host()).toMatchObject({ status: 'ok', sends: 1 });
  });

  test('a loop edits one file, in check mode the same difference is shown', async () => {
    const root = folder('loop', { conf: 'a = 1\nb = 2\n' });
    const text = play(
      `lineinfile: { path: "${root}/conf", regexp: "^{{ item }} =", line: "{{ item }} = 9" }\n      loop: [a, b, c]`,
    );
    const planned = await fleet.run(text, { check: true });
    expect(planned.tasks().map(({ changes }) => changes[0]?.after)).toEqual([
      'a = 9\nb = 2\n',
      'a = 9\nb = 9\n',
      'a = 9\nb = 9\nc = 9\n',
    ]);
    await fleet.run(text);
    expect(read('loop/conf')).toBe('a = 9\nb = 9\nc = 9\n');
  });

  test('tasks that touch a path and its ancestor keep their order', async () => {
    const root = folder('ancestor', { old: 'old\n' });
    const ended = await fleet.run(
      play(
        `copy: { dest: "${root}/old", content: "new\\n" }`,
        `file: { path: "${root}", state: absent }`,
        `file: { path: "${root}", state: directory }`,
        `copy: { dest: "${root}/old", content: "newest\\n" }`,
      ),
    );
    expect(ended.line()).toEqual(['copy: changed', 'file: changed', 'file: changed', 'copy: changed']);
    expect(readdirSync(at('ancestor'))).toEqual(['old']);
    expect(read('ancestor/old')).toBe('newest\n');
  });

  test('a loop that is known late does not let later tasks overtake what stands before them', async () => {
    const root = folder('late', { list: 'x\n', file: 'x\n' });
    const ended = await fleet.run(
      play(
        `command: { cmd: "cat ${root}/list", reads: true }\n      register: list`,
        `copy: { dest: "${root}/{{ item }}", content: "1\\n" }\n      loop: "{{ list.stdout_lines }}"`,
        `file: { path: "${root}/gone", state: absent }`,
        `copy: { dest: "${root}/{{ item }}2", content: "2\\n" }\n      loop: "{{ list.stdout_lines }}"`,
        `file: { path: "${root}/x2", state: absent }`,
      ),
    );
    expect(ended.exit).toBe(0);
    expect(existsSync(at('late/x2'))).toBe(false);
  });

  test.each([
    ['its key', 'touches: ["thing:{{ root }}/by its key/used"]'],
    ['anything', 'anything: true'],
  ])('what was seen before a change that touches %s is never used', async (what, touches) => {
    const root = folder(`by ${what}`, { used: 'old\n' });
    const ended = await fleet.run(
      play(
        `thing: { at: "${root}/first", value: new, writes: "${root}/used", ${touches} }`,
        `thing: { at: "${root}/used", value: new }`,
      ),
    );
    expect(ended.line()).toEqual(['thing: changed', 'thing: ok']);
  });

  test('what one user has seen is asked again after a change by another', async () => {
    const root = folder('shared', { used: 'old\n' });
    const ended = await fleet.run(
      play(
        `command: sh -c 'echo new >"${root}/used"'`,
        `thing: { at: "${root}/used", value: new }`,
        `command: sh -c 'echo newer >"${root}/used"'`,
        `thing: { at: "${root}/used", value: newer }`,
      ),
    );
    expect(ended.line()).toEqual(['command: changed', 'thing: ok', 'command: changed', 'thing: ok']);
  });

  test.runIf(process.getuid?.() === 0 && existsSync('/usr/bin/sudo'))(
    'what one user has seen of a folder is asked again after another has changed what is in it (needs root and sudo)',
    async () => {
      const root = folder('searched', { old: '' });
      chmodSync(fleet.root(), 0o755);
      const ended = await fleet.run(
        play(
          `copy: { dest: "${root}/new", content: x }`,
          `find: { paths: "${root}" }\n      become: true\n      become_user: nobody\n      register: found`,
          `debug: { msg: "{{ found.matched }}" }`,
        ),
      );
      expect(ended.said()).toEqual(['2']);
    },
  );
});

describe('neighbours that go in one send', () => {
  const three = (root: string, second = ''): string =>
    play(
      `path_thing: { at: "${root}/a", value: "1" }`,
      `path_thing: { at: "${root}/b", value: "2"${second} }`,
      `path_thing: { at: "${root}/c", value: "3" }`,
    );

  test('each is journalled for itself', async () => {
    const ended = await fleet.run(three(folder('group')));
    expect(ended.host()).toMatchObject({ counts: { changed: 3 }, sends: 2 });
    const journals = new Set(ended.changes().map(({ journal }) => journal));
    expect(journals.size).toBe(1);
    expect(ended.changes().map(({ changes, what }) => [changes, what])).toEqual([
      [[1], [`set ${at('group/a')} to 1`]],
      [[2], [`set ${at('group/b')} to 2`]],
      [[3], [`set ${at('group/c')} to 3`]],
    ]);
    expect(ended.events.filter(({ event }) => event === 'change_ended')).toHaveLength(3);
  });

  test('the failure of one leaves those behind it unmade and says so', async () => {
    const ended = await fleet.run(three(folder('failing'), ', does: fails'));
    expect(ended.line()).toEqual(['path_thing: changed', 'path_thing: failed']);
    expect(ended.tasks()[1]).toMatchObject({
      message: `could not set ${at('failing/b')} to 2: exit status 7`,
      detail: `cannot set\nnot made after it: set ${at('failing/c')} to 3`,
    });
    expect(readdirSync(at('failing'))).toEqual(['a']);
    expect(ended.exit).toBe(2);
    expect(ended.host().counts).toEqual({ changed: 1, failed: 1 });
    const ends = ended.events.filter((event) => event.event === 'change_ended');
    expect(ends.map(({ unit, made }) => [unit, made])).toEqual([
      [3, false],
      [1, true],
      [2, false],
    ]);
  });

  test('the failure of one item is not said of the others, which are made in their turn', async () => {
    const text = play(
      `path_thing: { at: "${folder('items')}/{{ item.at }}", value: "1", does: "{{ default item.does omit }}" }\n      loop: [{ at: a }, { at: b, does: fails }, { at: c }]`,
      `path_thing: { at: "${at('items/d')}", value: "2" }`,
    );
    const ended = await fleet.run(text);
    expect(ended.tasks().map(({ status }) => status)).toEqual(['changed', 'failed', 'changed']);
    expect(ended.tasks()[1]).toMatchObject({
      message: `could not set ${at('items/b')} to 1: exit status 7`,
      detail: `cannot set\nnot made after it: set ${at('items/d')} to 2`,
    });
    expect(readdirSync(at('items'))).toEqual(['a', 'c']);
  });

  test('a failure that is ignored lets those behind it be made in their turn', async () => {
    const text = three(folder('ignored'), ', does: fails').replace(
      'does: fails }',
      'does: fails }\n      ignore_errors: true',
    );
    const ended = await fleet.run(text);
    expect(ended.line()).toEqual(['path_thing: changed', 'path_thing: ignored', 'path_thing: changed']);
    expect(readdirSync(at('ignored'))).toEqual(['a', 'c']);
    expect(ended.exit).toBe(0);
  });

  test('what was sent along with one that is not proven is told all the same', async () => {
    const ended = await fleet.run(three(folder('unproven'), ', does: lies'));
    expect(ended.line()).toEqual(['path_thing: changed', 'path_thing: failed', 'path_thing: changed']);
    expect(ended.host().counts).toEqual({ changed: 2, failed: 1 });
    expect(ended.exit).toBe(2);
  });

  test('a task with a word of its own on failure, time or surroundings goes alone', async () => {
    const root = folder('alone');
    const words = ['timeout: 60', 'failed_when: false', 'environment: { A: b }', 'check_mode: false'];
    for (const [index, word] of words.entries()) {
      const ended = await fleet.run(
        play(
          `path_thing: { at: "${root}/a${index}", value: "1" }\n      ${word}`,
          `path_thing: { at: "${root}/b${index}", value: "1" }\n      ${word}`,
        ),
      );
      expect([word, ended.sends()]).toEqual([word, 3]);
    }
  });

  test('a directive between them parts them', async () => {
    const root = folder('parted');
    const ended = await fleet.run(
      play(
        `path_thing: { at: "${root}/a", value: "1" }`,
        'assert: { that: "1 == 2" }',
        `path_thing: { at: "${root}/b", value: "1" }`,
      ),
    );
    expect(ended.line()).toEqual(['path_thing: changed', 'assert: failed']);
    expect(readdirSync(at('parted'))).toEqual(['a']);
  });
});

describe('proof', () => {
  test('a change that took but does not show fails with what is still asked for', async () => {
    const root = folder('lies');
    const ended = await fleet.run(play(`thing: { at: "${root}/a", value: "1", does: lies }`));
    expect(ended.tasks()).toMatchObject([
      {
        status: 'failed',
        message: `it was changed, but a fresh look still asks for: set ${at('lies/a')} to 1`,
        next: 'something on the host takes the change back or refuses it silently: look there, then run again',
      },
    ]);
    expect(ended.exit).toBe(2);
  });

  test('a fresh look that cannot be planned from is no proof and no fault of fettle', async () => {
    const root = folder('moved', { a: 'old\n' });
    const ended = await fleet.run(
      play(`thing: { at: "${root}/a", value: "1", needs: old, does: lies }`, `debug: { msg: never }`),
    );
    expect(ended.tasks()[0]?.message).toMatch(/^it was changed, but a fresh look still asks for/);
    const taken = await fleet.run(play(`thing: { at: "${root}/a", value: "1", needs: old }`));
    expect(taken.tasks()[0]?.message).toBe(
      `it was changed, but a fresh look does not show it: ${at('moved/a')} does not hold old`,
    );
  });

  test('a change that does not end is ended by the time limit of its task', async () => {
    const root = folder('slow');
    const ended = await fleet.run(
      play(`thing: { at: "${root}/a", value: "1", does: sleeps }\n      timeout: 1`),
    );
    expect(ended.tasks()[0]).toMatchObject({
      status: 'failed',
      message: `could not set ${at('slow/a')} to 1: it did not end in time`,
    });
  });
});

test('a failure ahead counts only when its task is reached', async () => {
  const root = folder('ahead');
  const text = (condition: string): string =>
    play(
      `thing: { at: "${root}/a", value: "1" }\n      register: a`,
      `broken_look: {}\n      when: ${condition}`,
      `thing: { at: "${root}/b", value: "1" }`,
    );
  const skipping = await fleet.run(text('a.failed'));
  expect(skipping.line()).toEqual(['thing: changed', 'broken_look: skipped', 'thing: changed']);
  const reaching = await fleet.run(text('a.changed || !a.failed'));
  expect(reaching.line()).toEqual(['thing: ok', 'broken_look: failed']);
  expect(reaching.tasks()[1]).toMatchObject({
    message: 'cannot look at the host: the question "broken" got no usable answer (status 4)',
    detail: 'no such thing here',
  });
});

test('a resource works in the environment of its task and play', async () => {
  const root = folder('environment');
  const text = `- hosts: all\n  environment: { FETTLE_PLAY: p }\n  tasks:\n    - copy: { dest: "${root}/a", content: "x\\n", validate: 'test "$FETTLE_PLAY$FETTLE_TASK" = pt -a -s %s' }\n      environment: { FETTLE_TASK: t }\n`;
  const ended = await fleet.run(text);
  expect(ended.tasks()[0]).toMatchObject({ status: 'changed' });
});
