import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shell as shellModule } from '../../engine/modules/shell.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { actHere } from './act.ts';

const root = scratch();

describe.each(shells)('shell on %s', (shell) => {
  const at = `${root}/${shell}`;

  test('pipes, variables, several lines, a comment at the end', () => {
    expect(
      actHere(shell, shellModule, { cmd: 'a=1\necho "$a" 2 | tr 2 3\nexit 4 # so it is' }),
    ).toMatchObject({ failed: 'exit status 4', values: { stdout: '1 3', rc: 4 } });
  });

  test.each([
    ['an open quote', "echo 'a"],
    ['an open if', 'if true; then'],
    ['a stray )', 'echo a; )'],
    ['an open heredoc quote', 'cat <<"X'],
  ])('%s is its own failure', (_case, cmd) => {
    expect(actHere(shell, shellModule, { cmd })).toMatchObject({
      failed: expect.stringContaining('exit status'),
    });
  });

  test('a heredoc, a leading sign, kill 0', () => {
    expect(actHere(shell, shellModule, { cmd: 'cat <<X\na\nX' })).toMatchObject({ values: { stdout: 'a' } });
    expect(actHere(shell, shellModule, { cmd: '-x' })).toMatchObject({ values: { rc: 127 } });
    expect(actHere(shell, shellModule, { cmd: '+x' })).toMatchObject({ values: { rc: 127 } });
  });

  test('a program that the text lacks is not the shell', () => {
    expect(actHere(shell, shellModule, { cmd: 'no-such-program' })).toMatchObject({
      failed: expect.stringMatching(/^exit status 127: .*no-such-program/),
    });
  });

  test('another shell', () => {
    expect(
      actHere(shell, shellModule, { cmd: 'a=(1 2); echo "${a[1]}"', executable: '/bin/bash' }),
    ).toMatchObject({ values: { stdout: '2' } });
    expect(actHere(shell, shellModule, { cmd: 'true', executable: '/no/shell' })).toMatchObject({
      failed: expect.stringMatching(/^\/no\/shell is not on the host/),
    });
  });

  test('guards, chdir and standard input', () => {
    emptied(at);
    expect(actHere(shell, shellModule, { cmd: 'cat >x', chdir: at, stdin: 'text' })).toMatchObject({
      values: { rc: 0 },
    });
    expect(existsSync(`${at}/x`)).toBe(true);
    expect(actHere(shell, shellModule, { cmd: 'rm x', chdir: at, creates: `${at}/*` })).toHaveProperty(
      'skipped',
    );
    expect(actHere(shell, shellModule, { cmd: 'rm x', chdir: '/no/folder' })).toMatchObject({
      failed: 'the folder /no/folder cannot be entered (chdir)',
    });
  });

  test('any text is run as it is written', () => {
    fc.assert(
      fc.property(text, (value) => {
        const quoted = `'${value.replaceAll("'", "'\\''")}'`;
        const result = actHere(shell, shellModule, { cmd: `printf %s ${quoted}x` });
        expect(result).toMatchObject({ values: { stdout: `${value}x` } });
      }),
      { numRuns: 25 },
    );
  });

  test('values come by the environment', () => {
    const hostile = '$(touch made)\'"; echo';
    expect(actHere(shell, shellModule, { cmd: 'printf "%s\\n" "$V"' }, { V: hostile })).toMatchObject({
      values: { stdout: hostile },
    });
  });
});

test('a secret is refused', () => {
  expect(() => shellModule.run({ cmd: new Secret('echo a') }, { host: 'h' })).toThrow('`cmd` holds a secret');
});

test('what is said of it', () => {
  expect(shellModule.run({ cmd: 'set -e\n  make\nmake install\n' }, { host: 'h' }).what).toBe(
    'run set -e ⏎ make ⏎ make install',
  );
});

const text = fc.oneof(
  fc.constantFrom('$(id)', '`id`', "'", '"', '\\', 'a\nb', '*', '#', ';;', '\u{1F600}', "'; exit 1; '"),
  fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => !value.includes('\0')),
);
