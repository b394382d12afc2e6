import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Unsettled } from '../../engine/contract/fact.ts';
import { path, type PathAnswer } from '../../engine/facts/path.ts';
import { canCountForks, countForks, emptied, look, lookRaw, scratch, shellCommand, shells } from './look.ts';

const root = scratch();

function ask(shell: (typeof shells)[number], ...paths: string[]): readonly PathAnswer[] {
  return look(
    shell,
    path,
    paths.map((at) => ({ path: at })),
  );
}

describe.each(shells)('path on %s', (shell) => {
  const at = `${root}/${shell}`;

  test('tells kinds, modes, owners and links apart', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'hello');
    chmodSync(`${at}/file`, 0o4750);
    linkSync(`${at}/file`, `${at}/twin`);
    mkdirSync(`${at}/dir`);
    chmodSync(`${at}/dir`, 0o1777);
    execFileSync('mkfifo', [`${at}/fifo`]);
    symlinkSync('dir/../file', `${at}/link`);
    symlinkSync('nowhere', `${at}/dangling`);
    symlinkSync('loop', `${at}/loop`);
    const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, label: null };

    const answers = ask(
      shell,
      ...['file', 'dir', 'link', 'fifo', 'dangling', 'loop', 'none', 'none/x', 'file/x'].map(
        (name) => `${at}/${name}`,
      ),
      '/dev/null',
      '/',
    );
    expect(answers).toMatchObject([
      { kind: 'file', mode: '4750', size: 5, links: 2, ...me },
      { kind: 'directory', mode: '1777', ...me },
      {
        kind: 'link',
        target: 'dir/../file',
        real: `${at}/file`,
        followed: { kind: 'file', mode: '4750', size: 5 },
      },
      { kind: 'fifo' },
      { kind: 'link', target: 'nowhere', followed: null },
      { kind: 'link', target: 'loop', followed: null },
      { kind: 'absent', parent: 'directory' },
      { kind: 'absent', parent: 'absent' },
      { kind: 'absent', parent: 'other' },
      { kind: 'char', owner: 'root', group: 'root', mode: '0666' },
      { kind: 'directory' },
    ]);
    expect(answers[4]).not.toHaveProperty('real');
  });

  test('says of nothing that it is nothing', () => {
    expect(ask(shell, `${at}/none`)).toEqual([{ kind: 'absent', parent: 'directory' }]);
  });

  test('names stay names', () => {
    fc.assert(
      fc.property(fc.array(hostileName, { minLength: 1, maxLength: 6 }), (names) => {
        emptied(at);
        const unique = [...new Set(names)];
        unique.forEach((name, index) => {
          if (index % 2) symlinkSync(name, `${at}/${name}`);
          else writeFileSync(`${at}/${name}`, 'x'.repeat(index));
        });
        const answers = ask(shell, ...unique.map((name) => `${at}/${name}`), `${at}/absent or not`);
        expect(answers.at(-1)).toEqual({ kind: 'absent', parent: 'directory' });
        unique.forEach((name, index) => {
          const expected =
            index % 2
              ? { kind: 'link', target: readlinkSync(`${at}/${name}`), followed: null }
              : { kind: 'file', size: index };
          expect(answers[index]).toMatchObject(expected);
        });
      }),
      { numRuns: 25 },
    );
  });

  test('links to hostile names lead there', () => {
    emptied(at);
    const name = 'a\nb \'"$(id)`*';
    writeFileSync(`${at}/${name}`, 'x');
    symlinkSync(name, `${at}/link`);
    expect(ask(shell, `${at}/link`, `${at}/${name}`)).toMatchObject([
      { target: name, real: `${at}/${name}`, followed: { kind: 'file', size: 1 } },
      { kind: 'file' },
    ]);
  });

  test.runIf(canCountForks)('one fork for all paths, a few more where there are links (needs strace)', () => {
    emptied(at);
    const paths = Array.from({ length: 40 }, (_, index) => ({ path: `${at}/${index}` }));
    for (const subject of paths.slice(0, 30)) writeFileSync(subject.path, '');
    const few = countForks(shell, path.ask(paths.slice(0, 2)));
    const many = countForks(shell, path.ask(paths));
    expect(few).toBeGreaterThan(0);
    expect(many).toBe(few);
    if (shell === 'busybox') return;
    symlinkSync('0', `${at}/link 0`);
    const oneLink = countForks(shell, path.ask([{ path: `${at}/link 0` }]));
    const links = Array.from({ length: 20 }, (_, index) => ({ path: `${at}/link ${index}` }));
    for (const link of links.slice(1)) symlinkSync('0', link.path);
    expect(countForks(shell, path.ask([...paths, ...links]))).toBe(oneLink);
  });

  test('a path that goes away between the questions is asked again', () => {
    emptied(at);
    writeFileSync(`${at}/a`, '');
    const subjects = [{ path: `${at}/a` }, { path: `${at}/b` }];
    const { stdout } = lookRaw(shell, path.ask(subjects));
    const cut = Buffer.from(stdout.toString('latin1').replace(/^81.*\n/m, ''), 'latin1');
    expect(() => path.parse(cut, subjects, 0)).toThrow(Unsettled);
    expect(() => path.parse(Buffer.alloc(0), subjects, 2)).toThrow(Unsettled);
    rmSync(`${at}/a`);
  });

  test.runIf(process.getuid?.() === 0)('a directory that may not be searched hides (needs root)', () => {
    emptied(at);
    mkdirSync(`${at}/closed/deep`, { recursive: true });
    chmodSync(`${at}/closed`, 0o600);
    chmodSync(at, 0o755);
    chmodSync(root, 0o755);
    const subjects = [{ path: `${at}/closed/x` }, { path: `${at}/closed/deep/x` }];
    const user = ['--reuid=65534', '--clear-groups', ...shellCommand(shell)];
    const output = execFileSync('setpriv', user, { input: path.ask(subjects).text });
    expect(path.parse(output, subjects, 0)).toEqual([
      { kind: 'absent', parent: 'directory', hidden: true },
      { kind: 'absent', parent: 'absent', hidden: true },
    ]);
  });
});

describe('the answers of a path', () => {
  test('owners with blanks, labels with colons', () => {
    const row = 'e\n81a4:10:20:5:1:2:3:1:corp\\joe:domain users:system_u:object_r:etc_t:s0:c1\n\0';
    expect(path.parse(Buffer.from(row), [{ path: '/x' }], 0)).toMatchObject([
      { owner: 'corp\\joe', group: 'domain users', label: 'system_u:object_r:etc_t:s0:c1', mode: '0644' },
    ]);
    const unlabelled = 'e\n81a4:10:20:5:1:2:3:1:a:b:?\n\0';
    expect(path.parse(Buffer.from(unlabelled), [{ path: '/x' }], 0)).toMatchObject([{ label: null }]);
  });

  test('what lasts leaves out times, inodes and the sizes of directories', () => {
    const directory = {
      kind: 'directory',
      mode: '0755',
      uid: 0,
      gid: 0,
      owner: 'root',
      group: 'root',
    } as const;
    const one = { ...directory, size: 4096, mtime: 1, inode: '1', device: '1', links: 2, label: null };
    const other = { ...directory, size: 8192, mtime: 2, inode: '2', device: '2', links: 9, label: null };
    expect(path.lasting?.(one)).toEqual(path.lasting?.(other));
    expect(path.lasting?.({ ...one, mode: '0700' })).not.toEqual(path.lasting?.(one));
  });

  test('below a directory that is about to be made nothing is there', () => {
    expect(path.under?.({ path: '/a/b' }, '/a')).toEqual({ kind: 'absent', parent: 'directory' });
    expect(path.under?.({ path: '/a/b/c' }, '/a')).toEqual({ kind: 'absent', parent: 'absent' });
    expect(path.under?.({ path: '/ab' }, '/a')).toBeUndefined();
  });
});

const hostileName = fc.oneof(
  fc.constantFrom(
    '-rf',
    '--',
    '$(id)',
    '`id`',
    "a'b",
    'a"b',
    'a\nb',
    '\n',
    ' ',
    '*',
    '\\',
    'ünï',
    '日本',
    '~',
    '#',
  ),
  fc
    .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..'),
);
