import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { Unsettled } from '../../engine/contract/fact.ts';
import { refuseHeld, removal } from '../../engine/facts/removal.ts';
import { quote } from '../../engine/shell/script.ts';
import {
  canCountForks,
  countForks,
  emptied,
  look,
  scratch,
  shellCommand,
  shellEnvironment,
  shells,
} from './look.ts';

const root = scratch();
chmodSync(root, 0o755);
const isRoot = process.getuid?.() === 0;
const locked: [letter: string, path: string][] = [];

function lock(letter: 'i' | 'a', path: string): boolean {
  locked.push([letter, path]);
  return spawnSync('chattr', [`+${letter}`, path]).status === 0;
}

function unlock(): void {
  for (const [letter, path] of locked.splice(0)) spawnSync('chattr', [`-${letter}`, path]);
}

afterEach(unlock);
writeFileSync(`${root}/trial`, '');
const canLock = lock('i', `${root}/trial`);
unlock();

describe.each(shells)('removal on %s', (shell) => {
  const at = `${root}/${shell}`;
  const held = (...paths: string[]) =>
    look(
      shell,
      removal,
      paths.map((path) => ({ path })),
    ).map((all) => all.map(({ why, path }) => `${why} ${path.slice(at.length)}`));
  /** Asks with another user, or in a mount table of its own. */
  const heldIn = (before: string, path: string, options: object = {}) => {
    const frame = `( umask 077; LC_ALL=C; export LC_ALL; eval ${quote(removal.ask([{ path }]).text)} ) </dev/null`;
    const result = spawnSync(
      'unshare',
      ['-m', 'sh', '-c', `${before} exec "$@"`, 'sh', ...shellCommand(shell)],
      {
        input: frame,
        env:
          shell === 'busybox'
            ? { PATH: `${shellEnvironment(shell)['PATH']}:/usr/bin` }
            : shellEnvironment(shell),
        ...options,
      },
    );
    return removal
      .parse(result.stdout, [{ path }], 0)[0]
      ?.map((one) => `${one.why} ${one.path.slice(at.length)}`);
  };

  test('nothing holds what is there, nor what is not', () => {
    emptied(at);
    mkdirSync(`${at}/tree/a\nb '"$(id)`, { recursive: true });
    mkdirSync(`${at}/tree/-rf`);
    mkdirSync(`${at}/tree/x\n----ia---- ${at}`, { recursive: true });
    symlinkSync('/proc', `${at}/link`);
    expect(held(`${at}/tree`, `${at}/none`, `${at}/link`, `${at}/none/x`)).toEqual([[], [], [], []]);
    expect(() => removal.parse(Buffer.from('x'), [{ path: '/x' }], 0)).toThrow(Unsettled);
  });

  test.runIf(canCountForks)('what is not there costs no fork (needs strace)', () => {
    expect(countForks(shell, removal.ask([{ path: `${at}/none` }, { path: '/none/x' }]))).toBeLessThan(2);
  });

  test.runIf(canLock)('what chattr has locked (needs root and ext4)', () => {
    emptied(at);
    mkdirSync(`${at}/tree/deep er`, { recursive: true });
    for (const name of ['tree/deep er/fixed', 'tree/log', 'tree/plain']) writeFileSync(`${at}/${name}`, 'x');
    lock('i', `${at}/tree/deep er/fixed`);
    lock('a', `${at}/tree/log`);
    // Debian's busybox has no lsattr.
    if (shell === 'busybox') {
      expect(held(`${at}/tree`, `${at}/tree/log`)).toEqual([[], []]);
      return;
    }
    expect(held(`${at}/tree`)[0]?.toSorted()).toEqual(['append /tree/log', 'immutable /tree/deep er/fixed']);
    expect(held(`${at}/tree/plain`, `${at}/tree/log`)).toEqual([[], ['append /tree/log']]);
    lock('i', `${at}/tree`);
    expect(held(`${at}/tree/plain`)).toEqual([['immutable /tree']]);
  });

  test.runIf(isRoot)('what is mounted at a path and below it, and what is read-only', () => {
    emptied(at);
    mkdirSync(`${at}/tree/a b`, { recursive: true });
    symlinkSync('tree', `${at}/way`);
    writeFileSync(`${at}/tree/file`, '');
    const mountHere = `mount -t tmpfs none ${quote(`${at}/tree/a b`)} &&`;
    expect(heldIn(mountHere, `${at}/tree`)).toEqual(['mount /tree/a b']);
    expect(heldIn(mountHere, `${at}/way/a b`)).toEqual(['mount /tree/a b']);
    expect(heldIn(mountHere, `${at}/way`)).toEqual([]);
    const bound = `mount --bind /dev/null ${quote(`${at}/tree/file`)} &&`;
    expect(heldIn(bound, `${at}/tree/file`)).toEqual(['mount /tree/file']);
    const readOnly = `mount --bind ${at} ${at} && mount -o remount,ro,bind ${at} &&`;
    // Busybox takes root to be able to write everywhere.
    if (shell !== 'busybox') expect(heldIn(readOnly, `${at}/tree`)).toEqual(['read-only /tree']);
  });

  test.runIf(isRoot)('what another user may not remove', () => {
    emptied(at);
    const user = 65_534;
    const asked = (path: string) => {
      const frame = `( umask 077; LC_ALL=C; export LC_ALL; eval ${quote(removal.ask([{ path }]).text)} ) </dev/null`;
      const [program, ...args] = shellCommand(shell);
      const result = spawnSync(program, args, {
        input: frame,
        uid: user,
        gid: user,
        env: { PATH: '/usr/bin:/bin' },
      });
      return removal
        .parse(result.stdout, [{ path }], 0)[0]
        ?.map((one) => `${one.why} ${one.path.slice(at.length)}`);
    };
    for (const name of ['tree/own', 'tree/others', 'tree/empty', 'sticky/mine', 'sticky/others'])
      mkdirSync(`${at}/${name}`, { recursive: true });
    for (const name of ['', '/tree', '/tree/own', '/sticky/mine']) chownSync(`${at}${name}`, user, user);
    chmodSync(`${at}/sticky`, 0o1777);
    writeFileSync(`${at}/tree/own/file`, '');
    expect(asked(`${at}/tree`)).toEqual([]);
    writeFileSync(`${at}/tree/others/file`, '');
    expect(asked(`${at}/tree`)).toEqual(['closed /tree/others']);
    expect(asked(`${at}/tree/others/file`)).toEqual(['closed /tree/others']);
    expect(asked(`${at}/sticky/mine`)).toEqual([]);
    expect(asked(`${at}/sticky/others`)).toEqual(['sticky /sticky']);
  });
});

test.each([
  [
    'immutable',
    '/d/a is immutable (lsattr -d shows i), so that not even root may change it; nothing was removed',
    'if that is not meant, chattr -i takes it away',
  ],
  [
    'append',
    '/d/a may only be appended to (lsattr -d shows a), so that not even root may change it; nothing was removed',
    'if that is not meant, chattr -a takes it away',
  ],
  [
    'closed',
    '/d/a is a directory that this user may not write to; nothing was removed',
    'become a user who may; of root, lsattr -d tells why',
  ],
  [
    'sticky',
    '/d/a is a sticky directory, in which only owners remove; nothing was removed',
    'become root or the owner',
  ],
  [
    'read-only',
    '/d/a is on a file system that is mounted read-only; nothing was removed',
    'mount it read-write first',
  ],
  [
    'mount',
    '/d/a is a mount point; nothing was removed',
    'take away first what is mounted there: mount: {path: /d/a, state: unmounted}',
  ],
] as const)('what is said of %s', (why, message, next) => {
  const caught = (held: Parameters<typeof refuseHeld>[1]) => {
    try {
      refuseHeld('/d', held);
    } catch (error) {
      if (error instanceof CannotPlan) return { message: error.message, next: error.next };
      throw error;
    }
    return undefined;
  };
  expect(caught([{ why, path: '/d/a' }])).toEqual({ message, next });
  expect(
    caught([
      { why, path: '/d/a' },
      { why, path: '/d/b' },
    ])?.message,
  ).toContain(', and 1 more below /d cannot go either; nothing was removed');
  expect(caught([])).toBeUndefined();
});
