import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Pieces } from '../../engine/contract/module.ts';
import { keep } from '../../engine/run/keep.ts';
import { sh, type Script } from '../../engine/shell/script.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { scratch } from '../facts/look.ts';
import { localFleet, type Fleet } from './harness.ts';

let fleet: Fleet;

test('a file of many mebibytes is fetched in pieces, and once', async () => {
  fleet = await localFleet(1);
  try {
    const bytes = Buffer.alloc(40 * 1024 * 1024 + 7, Buffer.from([0, 1, 0xff, 10, 65, 66, 67]));
    writeFileSync(join(fleet.root(), 'long.log'), bytes);
    const kept = join(fleet.folder, 'kept.log');
    const play = `
- hosts: all
  tasks:
    - { fetch: { src: "{{ root }}/long.log", dest: ${kept}, flat: true } }
`;
    const first = await fleet.run(play);
    expect(first.tasks()).toMatchObject([{ status: 'changed' }]);
    expect(readFileSync(kept).equals(bytes)).toBe(true);
    expect((await fleet.run(play)).tasks()).toMatchObject([{ status: 'ok' }]);
  } finally {
    await fleet.close();
  }
});

describe('a directive that waits', () => {
  afterEach(() => fleet.close());

  test('a question is put once a play, and its answer counts for all hosts', async () => {
    fleet = await localFleet(3);
    const asked: [string, boolean][] = [];
    const play = `
- hosts: all
  tasks:
    - { pause: { prompt: "Go on?" }, register: one }
    - { pause: { prompt: "Really?" }, register: again, loop: [a, b] }
    - { debug: { msg: "{{ one.user_input }} {{ again.results.0.user_input }} {{ again.results.1.user_input }}" } }
`;
    const ended = await fleet.run(play.repeat(2), {
      ask: async (prompt, echo) => {
        asked.push([prompt, echo]);
        return `answer ${asked.length}`;
      },
    });
    expect(asked).toEqual(
      ['Go on?', 'Really?', 'Really?', 'Go on?', 'Really?', 'Really?'].map((prompt) => [prompt, true]),
    );
    for (const name of ['h1', 'h2', 'h3'])
      expect(ended.said(name)).toEqual(['answer 1 answer 2 answer 3', 'answer 4 answer 5 answer 6']);
    expect(ended.exit).toBe(0);
  });

  test('an answer that is not shown is a secret', async () => {
    fleet = await localFleet();
    const ended = await fleet.run(
      `
- hosts: all
  tasks:
    - { pause: { prompt: "Password?", echo: false }, register: given }
    - { debug: { var: given } }
    - { command: { cmd: cat, stdin: "{{ given.user_input }}", reads: true } , register: out, when: given.user_input == 'swordfish' }
    - { assert: { that: "out.rc == 0" } }
`,
      { ask: async (_prompt, echo) => (echo ? 'shown' : new Secret('swordfish')) },
    );
    expect(ended.said().join('\n')).not.toContain('swordfish');
    expect(ended.exit).toBe(0);
  });

  test('nobody is there to answer', async () => {
    fleet = await localFleet();
    const ended = await fleet.run('- hosts: all\n  tasks:\n    - pause: { prompt: "Go on?" }\n');
    expect(ended.task('pause')).toMatchObject({
      status: 'failed',
      message: 'it asks “Go on?”, and there is no terminal at which somebody could answer',
      next: expect.stringContaining('`seconds`'),
    });
  });

  test('no fork is held: another host goes through while the first waits for an answer', async () => {
    fleet = await localFleet(2);
    let answer: (text: string) => void = () => undefined;
    const ended = await fleet.run(
      `
- hosts: all
  tasks:
    - { pause: { prompt: "Go on?" }, when: inventory_hostname == 'h1' }
    - { name: through, command: "true", when: inventory_hostname == 'h2' }
`,
      {
        forks: 1,
        ask: () => new Promise((resolve) => (answer = resolve)),
        onEvent: (event) => {
          if (event.event === 'task_ended' && event.task === 'through' && event.host === 'h2') answer('yes');
        },
      },
    );
    expect(ended.exit).toBe(0);
    expect(ended.line('h1')).toEqual(['pause: ok', 'through: skipped']);
  });

  test('Ctrl-C ends a pause and the run', async () => {
    fleet = await localFleet();
    let stop = false;
    const ended = await fleet.run(
      '- hosts: all\n  tasks:\n    - pause: { minutes: 10 }\n    - { command: "true" }\n',
      {
        interrupted: () => stop,
        onEvent: (event) => {
          if (event.event === 'waiting') stop = true;
        },
      },
    );
    expect(ended.line()).toEqual(['pause: skipped']);
    expect(ended.host().status).toBe('interrupted');
    expect(ended.exit).toBe(130);
  });

  test('check mode neither waits nor asks; an answer is not known', async () => {
    fleet = await localFleet();
    const ended = await fleet.run(
      `
- hosts: all
  tasks:
    - { name: a time, pause: { minutes: 10 }, register: one }
    - { debug: { msg: "{{ one.delta }}" } }
    - { name: a question, pause: { prompt: "Go on?" }, register: two }
    - { debug: { msg: "{{ two.user_input }}" } }
`,
      { check: true, ask: () => Promise.reject(new Error('asked')) },
    );
    expect(ended.line()).toEqual(['a time: ok', 'debug: ok', 'a question: ok', 'debug: later']);
    expect(ended.task('a time').message).toBe('would wait 600 s');
    expect(ended.task('a question').message).toBe('would ask: Go on?');
    expect(ended.said()).toEqual(['0']);
  });
});

describe('a file that an action leaves on the controller', () => {
  const root = scratch();
  const bytes = Buffer.from([0, 0xff, 10, 65]);
  const nothing = () => Promise.reject(new Error('nothing more is asked for'));

  test('folders are made, a new file is the user’s alone, the same content is no change', async () => {
    const path = join(root, 'a/b', 'kept');
    expect(await keep({ path, bytes }, false, nothing)).toBe(true);
    expect(readFileSync(path)).toEqual(bytes);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { ino } = statSync(path);
    expect(await keep({ path, bytes }, false, nothing)).toBe(false);
    expect(statSync(path).ino).toBe(ino);
  });

  test('other content is another file in its place, of the same mode; nothing is left beside it', async () => {
    const path = join(root, 'c', 'kept');
    mkdirSync(join(root, 'c'));
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    const { ino } = statSync(path);
    expect(await keep({ path, bytes }, false, nothing)).toBe(true);
    expect(statSync(path)).toMatchObject({ mode: 0o100640 });
    expect(statSync(path).ino).not.toBe(ino);
    expect(readdirSync(join(root, 'c'))).toEqual(['kept']);
  });

  test('check mode says so and writes nothing', async () => {
    const path = join(root, 'd', 'kept');
    expect(await keep({ path, bytes }, true, nothing)).toBe(true);
    expect(existsSync(join(root, 'd'))).toBe(false);
  });

  describe('what comes in pieces', () => {
    const at = join(root, 'pieces');
    const path = join(at, 'kept');
    const parts = ['one,', 'two,', 'three'];
    const whole = parts.join('');
    const pieces = (more: Partial<Pieces> = {}): Pieces => ({
      size: whole.length,
      sha256: createHash('sha256').update(whole).digest('hex'),
      count: parts.length,
      script: (index) => sh`${index}`,
      moved: 'it moved',
      ...more,
    });
    const bring = ({ text }: Script) => Promise.resolve(Buffer.from(parts[Number(text)] ?? ''));

    test('is put into place whole, and not asked for where it is there', async () => {
      expect(await keep({ path, bytes: pieces() }, true, nothing)).toBe(true);
      expect(existsSync(at)).toBe(false);
      expect(await keep({ path, bytes: pieces() }, false, bring)).toBe(true);
      expect(readFileSync(path, 'utf8')).toBe(whole);
      expect(await keep({ path, bytes: pieces() }, false, nothing)).toBe(false);
      const { ino } = statSync(path);
      // Without a sum only what came can tell.
      expect(await keep({ path, bytes: pieces({ sha256: null }) }, false, bring)).toBe(false);
      expect(statSync(path).ino).toBe(ino);
    });

    test.each([
      ['another sum', { sha256: '0'.repeat(64) }, bring],
      ['another size', { sha256: null, size: whole.length + 1 }, bring],
    ])('%s leaves what there was', async (_case, more, from) => {
      mkdirSync(at, { recursive: true });
      writeFileSync(path, 'old');
      await expect(keep({ path, bytes: pieces(more) }, false, from)).rejects.toMatchObject({
        kind: 'task',
        message: 'it moved',
      });
      expect([readdirSync(at), readFileSync(path, 'utf8')]).toEqual([['kept'], 'old']);
    });
  });

  test('a link is replaced, what it leads to is left', async () => {
    mkdirSync(join(root, 'e'));
    writeFileSync(join(root, 'e/far'), 'far');
    symlinkSync('far', join(root, 'e/kept'));
    expect(await keep({ path: join(root, 'e/kept'), bytes }, false, nothing)).toBe(true);
    expect(readFileSync(join(root, 'e/far'), 'utf8')).toBe('far');
    rmSync(join(root, 'e/kept'));
  });

  test.each([
    ['a directory', (at: string) => mkdirSync(at, { recursive: true }), '', 'directory'],
    ['below a file', (at: string) => writeFileSync(at, ''), '/below', 'a part of that path is a file'],
  ])('%s is refused', async (name, prepare, below, next) => {
    const path = join(root, name.replaceAll(' ', '-'));
    prepare(path);
    await expect(keep({ path: `${path}${below}`, bytes }, false, nothing)).rejects.toMatchObject({
      kind: 'task',
      next: expect.stringContaining(next),
    });
    expect(readdirSync(root).filter((one) => one.startsWith('.fettle-'))).toEqual([]);
  });
});
