import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { command } from '../../engine/modules/command.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { splitWords } from '../../engine/shell/words.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { type Acted, actHere, runHere } from './act.ts';

const root = scratch();

describe.each(shells)('command on %s', (shell) => {
  const at = `${root}/${shell}`;

  test('output, status and what register holds', () => {
    expect(actHere(shell, command, { cmd: "printf '%s\\n' 'a b' c" })).toEqual({
      changed: true,
      values: {
        rc: 0,
        cmd: ['printf', '%s\\n', 'a b', 'c'],
        stdout: 'a b\nc',
        stderr: '',
        stdout_lines: ['a b', 'c'],
        stderr_lines: [],
      },
    });
  });

  test.each([
    [
      'its own status',
      { argv: ['sh', '-c', 'echo one >&2; echo two >&2; exit 3'] },
      'exit status 3: one / two',
      3,
    ],
    ['255 is its own too', { argv: ['sh', '-c', 'exit 255'] }, 'exit status 255', 255],
    ['no such program', { cmd: 'no-such-program -x' }, /^no-such-program is not on the host/, 127],
    ['no such path', { cmd: '/no/such/program' }, /^\/no\/such\/program is not on the host/, 127],
    ['no program', { cmd: '/etc/passwd' }, /^\/etc\/passwd may not be run/, 126],
    ['127 of its own', { argv: ['sh', '-c', 'exit 127'] }, 'exit status 127', 127],
    [
      'no such folder',
      { cmd: 'true', chdir: '/no/such/folder' },
      'the folder /no/such/folder cannot be entered (chdir)',
      125,
    ],
    [
      'a folder that is none',
      { cmd: 'true', chdir: '/etc/passwd' },
      'the folder /etc/passwd cannot be entered (chdir)',
      125,
    ],
  ] as const)('fails: %s', (_case, args, failed, rc) => {
    const result = actHere(shell, command, args as never);
    expect(result).toMatchObject({
      failed: typeof failed === 'string' ? failed : expect.stringMatching(failed),
      values: { rc },
    });
  });

  test('a builtin is not run in place of a program, nor anything expanded', () => {
    expect(actHere(shell, command, { cmd: 'exit 5' })).toMatchObject({ values: { rc: 127 } });
    expect(actHere(shell, command, { cmd: 'echo $HOME ~ * `id` $(id) | cat > x && y' })).toMatchObject({
      values: { stdout: '$HOME ~ * `id` $(id) | cat > x && y' },
    });
  });

  test('chdir, creates, removes, unless, onlyif', () => {
    emptied(at);
    mkdirSync(`${at}/dir with '`);
    writeFileSync(`${at}/there`, '');
    symlinkSync('nowhere', `${at}/dangling`);
    const touch = { cmd: 'touch made', chdir: `${at}/dir with '` };
    const cases = [
      [{ creates: `${at}/there` }, `${at}/there exists`],
      [{ creates: `${at}/dangling` }, `${at}/dangling exists`],
      [{ creates: `${at}/th*` }, `${at}/th* exists`],
      [{ creates: '../there' }, '../there exists'],
      [{ removes: `${at}/none` }, `${at}/none does not exist`],
      [{ removes: `${at}/no[a-z]*` }, `${at}/no[a-z]* does not exist`],
      [{ unless: 'test -e ../there' }, '`unless` ended with status 0'],
      [{ onlyif: 'exit 7' }, '`onlyif` ended with status 7'],
      [{ onlyif: 'if' }, expect.stringContaining('`onlyif` ended with status')],
    ] as const;
    for (const [guard, skipped] of cases) {
      expect(actHere(shell, command, { ...touch, ...guard })).toEqual({ skipped });
      expect(existsSync(`${at}/dir with '/made`)).toBe(false);
    }
    const runs = { creates: `${at}/none*`, removes: `${at}/the?e`, unless: 'false', onlyif: 'true' };
    expect(actHere(shell, command, { ...touch, ...runs })).toMatchObject({ values: { rc: 0 } });
    expect(existsSync(`${at}/dir with '/made`)).toBe(true);
  });

  test('a missing folder fails in the run, whatever its guards say', () => {
    for (const guard of [{ unless: 'true' }, { onlyif: 'false' }]) {
      expect(actHere(shell, command, { cmd: 'true', chdir: `${root}/none`, ...guard })).toMatchObject({
        failed: expect.stringContaining('chdir'),
      });
    }
  });

  test('standard input: empty, text, secret', () => {
    const sum = (args: object) => actHere(shell, command, { cmd: 'od -An -c', ...args });
    const shown = (args: object) => stdoutOf(sum(args)).replaceAll(/ +/g, '');
    expect(shown({})).toBe('');
    expect(shown({ stdin: '' })).toBe('\\n');
    expect(shown({ stdin: 'hi' })).toBe('hi\\n');
    expect(shown({ stdin: 'hi', stdin_add_newline: false })).toBe('hi');
    expect(shown({ stdin: new Secret('pw') })).toBe('pw\\n');
  });

  test('output that is no UTF-8 says so', () => {
    expect(actHere(shell, command, { argv: ['printf', 'a\\377\\n\\n'] })).toMatchObject({
      values: { stdout: 'a\uFFFD', stdout_invalid: true },
    });
  });

  test('hostile words stay words', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const argv = ['printf', '%s\\n', ...words];
        const result = actHere(shell, command, { argv, stdin_add_newline: false });
        expect(stdoutOf(result)).toBe(`${words.join('\n')}`.replace(/[\r\n]+$/, ''));
      }),
      { numRuns: 25 },
    );
  });

  test('hostile names in creates, removes and chdir', () => {
    fc.assert(
      fc.property(fileName, (name) => {
        emptied(at);
        mkdirSync(`${at}/${name}`);
        const path = `${at}/${name}`;
        expect(actHere(shell, command, { cmd: 'true', creates: path })).toEqual({
          skipped: `${path} exists`,
        });
        expect(actHere(shell, command, { cmd: 'true', removes: `${path}/none` })).toHaveProperty('skipped');
        const pwd = actHere(shell, command, { argv: ['touch', 'here'], chdir: path });
        expect(pwd).toMatchObject({ values: { rc: 0 } });
        expect(existsSync(`${path}/here`)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('undo is the user’s, in the folder', () => {
    emptied(at);
    const run = command.run({ cmd: 'touch x', chdir: at, undo: "rm x; echo 'gone' >log" }, { host: 'h' });
    expect(runHere(shell, run)).toMatchObject({ values: { rc: 0 } });
    if (!('text' in run.undo)) throw new Error('there is no undo');
    runHere(shell, { ...run, script: run.undo });
    expect(existsSync(`${at}/x`)).toBe(false);
    expect(readFileSync(`${at}/log`, 'utf8')).toBe('gone\n');
  });
});

describe('what is refused', () => {
  test.each([
    [{ cmd: new Secret('a') }, '`cmd` holds a secret'],
    [{ argv: ['login', new Secret('a')] }, '`argv` holds a secret'],
    [{ cmd: 'x', undo: new Secret('a') }, '`undo` holds a secret'],
    [{ cmd: 'echo "a' }, 'the quote " at character 6 is never closed'],
    [{ cmd: "echo 'a" }, "the quote ' at character 6 is never closed"],
    [{ cmd: 'echo \\' }, 'it ends in a backslash'],
    [{ cmd: '-x' }, '`-x` is an option, not a program'],
    [{ cmd: ' ' }, 'there is no program to run'],
    [{}, 'give either `cmd` or `argv`'],
    [{ cmd: 'a', argv: ['b'] }, 'give either `cmd` or `argv`'],
    [{ cmd: 'a\0b' }, '`cmd` holds a NUL byte'],
    [{ argv: ['a', 'x'.repeat(1024 * 1024)] }, '`argv` has a word of more than 128 KiB'],
  ])('%j', (args, message) => {
    expect(() => command.run(args, { host: 'h' })).toThrow(message);
  });

  test('guards', () => {
    expect(() => command.guard?.({ cmd: 'x', unless: new Secret('a') })).toThrow('`unless` holds a secret');
    const about = (creates: string) =>
      command.guard?.({ cmd: 'x', creates }).questions.flatMap(({ fact, subject }) => fact.about(subject));
    // What an earlier step would make there is seen in check mode.
    expect([about('/a/b*/c'), about('/*'), about('/a/b')]).toEqual([
      ['below:/a'],
      ['below:/'],
      ['path:/a/b'],
    ]);
    expect(() => command.guard?.({ cmd: 'x', creates: 'relative' })).toThrow('no absolute path');
  });
});

test('what is said of it', () => {
  expect(command.run({ cmd: 'a b', reads: true }, { host: 'h' })).toMatchObject({
    what: 'run a b',
    touches: [],
    undo: { text: ':' },
  });
  expect(command.run({ cmd: 'a' }, { host: 'h' })).toMatchObject({
    touches: '*',
    undo: { impossible: expect.any(String) },
  });
  expect(command.run({ cmd: 'a', again: 'safe' }, { host: 'h' }).again).toBe('safe');
  expect([command.reads({ cmd: 'a' }), command.reads({ cmd: 'a', reads: true })]).toEqual([false, true]);
  const outcome = { code: 0, stdout: Buffer.from(''), stderr: Buffer.from(''), timedOut: false };
  expect(command.run({ cmd: 'a', reads: true }, { host: 'h' }).result(outcome).changed).toBe(false);
  expect(
    command.run({ cmd: 'a' }, { host: 'h' }).result({ ...outcome, code: 143, timedOut: true }).failed,
  ).toBe('it did not end within its time limit');
});

// Expectations are what Python's shlex.split gives.
test.each([
  ['a  b\tc\nd', ['a', 'b', 'c', 'd']],
  ['', []],
  ['\'a b\'c"d e"', ['a bcd e']],
  ["''", ['']],
  ["a '' b", ['a', '', 'b']],
  ['a\\ b \\"', ['a b', '"']],
  ['"a\\"b\\\\c\\d\\$"', ['a"b\\c\\d\\$']],
  ["'a\\'", ['a\\']],
  ['# not a comment', ['#', 'not', 'a', 'comment']],
])('splitWords %j', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

function stdoutOf(acted: Acted): string {
  if (acted.skipped !== undefined) throw new Error(acted.skipped);
  return String(acted.values['stdout']);
}

const word = fc.oneof(
  fc.constantFrom(
    '',
    '-n',
    '--',
    '$(id)',
    '`id`',
    "'",
    '"',
    '\\',
    'a b',
    'a\nb',
    '*',
    '$HOME',
    ';',
    '&',
    'ü',
    '\u{1F600}',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0')),
);

const fileName = fc.oneof(
  fc.constantFrom('-n', '--', '$(id)', '`id`', "'", '"', '\\', 'a b', 'a\nb', '$HOME', ';', '&', 'ü', ' '),
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 40 })
    .filter((name) => !/[\0/*?[]/.test(name) && name !== '.' && name !== '..' && !/^\n*$/.test(name)),
);
