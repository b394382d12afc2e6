import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { file } from '../../engine/modules/file.ts';
import type { FileArgs } from '../../engine/modules/file/arguments.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, makeHere, probeHere, snapshot } from './harness.ts';

const root = scratch();

describe.each(shells)('file on %s', (shell) => {
  const at = `${root}/${shell}`;
  const obey = (args: FileArgs) =>
    keepsTheLaws(shell, file, args, at).map(({ what }) => what.replaceAll(at, ''));
  const plan = (args: FileArgs) => file.plan(args, probeHere(shell, file.probe(args)));
  const make = (args: FileArgs) => makeHere(shell, plan(args)).forget();
  const why = (args: FileArgs): unknown => {
    try {
      return plan(args).map((change) => change.what);
    } catch (error) {
      if (!(error instanceof CannotPlan)) throw error;
      return [error.message.replaceAll(at, ''), error.missing?.replace(at, '')];
    }
  };
  const mode = (name: string) => (lstatSync(`${at}/${name}`).mode & 0o7777).toString(8);

  test('a directory and all above it', () => {
    emptied(at);
    expect(obey({ path: `${at}/a`, state: 'directory' })).toEqual(['make directory /a']);
    expect(obey({ dest: `${at}/a//b/./c/`, state: 'directory', mode: '0750', owner: 'daemon' })).toEqual([
      'make directories /a, /a/b, /a/b/c',
    ]);
    make({ path: `${at}/a/b`, state: 'directory', mode: '2750', owner: 'daemon' });
    expect([mode('a'), mode('a/b'), statSync(`${at}/a/b`).uid]).toEqual(['2750', '2750', 1]);
    expect(plan({ path: `${at}/a/b`, state: 'directory', mode: '2750', owner: '1' })).toEqual([]);
    obey({ path: `${at}/a/b/c`, state: 'directory' });
    obey({ path: `${at}/a/b/c`, state: 'directory', mode: '0755' });
    symlinkSync('a', `${at}/link`);
    expect(plan({ path: `${at}/link`, state: 'directory' })).toEqual([]);
  });

  test('a set-gid bit goes when it is not asked for', () => {
    emptied(at);
    mkdirSync(`${at}/a`);
    chmodSync(`${at}/a`, 0o2755);
    expect(obey({ path: `${at}/a`, state: 'directory', mode: '0755' })).toEqual(['/a: mode 2755 → 0755']);
  });

  test('owner, group and mode of what is there', () => {
    emptied(at);
    writeFileSync(`${at}/a`, 'x');
    chmodSync(`${at}/a`, 0o4755);
    expect(obey({ path: `${at}/a`, owner: 'daemon', group: 'sys', mode: 'u=rwxs,g-rwx,o=' })).toEqual([
      '/a: owner root → daemon, group root → sys, mode 4755 → 4700',
    ]);
    expect(obey({ path: `${at}/a`, owner: '1' })).toEqual(['/a: owner root → 1']);
    expect(obey({ path: `${at}/a`, state: 'file', mode: '0600', owner: 'root', group: '0' })).toHaveLength(1);
    symlinkSync('a', `${at}/link`);
    obey({ path: `${at}/link`, mode: '0600', owner: 'daemon' });
    obey({ path: `${at}/link`, owner: 'daemon', mode: '0600', follow: false });
    make({ path: `${at}/link`, owner: 'daemon', follow: false });
    expect([lstatSync(`${at}/link`).uid, statSync(`${at}/a`).uid]).toEqual([1, 0]);
  });

  test('everything below a directory', () => {
    emptied(at);
    mkdirSync(`${at}/tree/a\nb $(id)/'%s\\`, { recursive: true });
    writeFileSync(`${at}/tree/a\nb $(id)/run`, '');
    chmodSync(`${at}/tree/a\nb $(id)/run`, 0o711);
    writeFileSync(Buffer.concat([Buffer.from(`${at}/tree/`), Buffer.from([0xff])]), '');
    symlinkSync('/etc/passwd', `${at}/tree/link`);
    const args: FileArgs = {
      path: `${at}/tree`,
      state: 'directory',
      recurse: true,
      mode: 'u=rwX,go=',
      owner: 'daemon',
    };
    expect(obey(args)).toEqual(['/tree and below: 6 of 6 paths get owner daemon, mode u=rwX,go=']);
    make(args);
    expect(mode('tree/a\nb $(id)/run')).toBe('700');
    expect(lstatSync(`${at}/tree/link`).uid).toBe(1);
    expect(statSync('/etc/passwd').uid).toBe(0);
    expect(plan(args)).toEqual([]);
    chownSync(`${at}/tree/a\nb $(id)/run`, 0, 0);
    symlinkSync('tree', `${at}/way`);
    expect(why({ ...args, path: `${at}/way` })).toEqual([
      '/way is a link, and recurse is for a directory itself',
      undefined,
    ]);
    expect(obey(args)).toEqual(['/tree and below: 1 of 6 paths get owner daemon, mode u=rwX,go=']);
  });

  test('absent', () => {
    emptied(at);
    mkdirSync(`${at}/tree/deep`, { recursive: true });
    writeFileSync(`${at}/tree/deep/file`, 'x');
    chmodSync(`${at}/tree/deep/file`, 0o4711);
    chownSync(`${at}/tree/deep`, 1, 2);
    symlinkSync('deep', `${at}/tree/link`);
    expect(obey({ path: `${at}/tree`, state: 'absent' })).toEqual(['remove /tree (directory and all in it)']);
    expect(obey({ path: `${at}/tree/link`, state: 'absent' })).toEqual(['remove /tree/link (link)']);
    expect(obey({ path: `${at}/tree/deep/file`, state: 'absent' })).toHaveLength(1);
    expect(obey({ path: `${at}/none`, state: 'absent' })).toEqual([]);
    expect(why({ path: '/usr', state: 'absent' })).toEqual(['/usr is never removed', undefined]);
    make({ path: `${at}/tree/link`, state: 'absent' });
    expect(existsSync(`${at}/tree/deep/file`)).toBe(true);
  });

  test('links', () => {
    emptied(at);
    writeFileSync(`${at}/real`, 'x');
    mkdirSync(`${at}/folder`);
    expect(obey({ path: `${at}/link`, state: 'link', src: 'real' })).toEqual(['link /link → real']);
    expect(obey({ path: `${at}/link`, state: 'link', src: `${at}/real`, mode: '0600' })).toHaveLength(2);
    expect(obey({ path: `${at}/link`, state: 'link', src: 'none', force: true })).toHaveLength(1);
    expect(why({ path: `${at}/link`, state: 'link', src: 'none' })).toEqual([
      'none, which /link should lead to, does not exist',
      'path:/none',
    ]);
    symlinkSync('folder', `${at}/link`);
    expect(obey({ path: `${at}/link`, state: 'link', src: 'real' })).toEqual(['link /link: folder → real']);
    expect(obey({ path: `${at}/link`, state: 'link', src: 'folder' })).toEqual([]);
    expect(
      obey({ path: `${at}/link`, state: 'link', src: 'real', follow: false, owner: 'daemon' }),
    ).toHaveLength(1);
    expect(why({ path: `${at}/folder`, state: 'link', src: 'real' })).toEqual([
      '/folder is a directory',
      undefined,
    ]);
    expect(obey({ path: `${at}/folder`, state: 'link', src: 'real', force: true })).toHaveLength(1);
    expect(obey({ path: `${at}/real`, state: 'link', src: 'folder', force: true })).toHaveLength(1);
  });

  test('hard links', () => {
    emptied(at);
    writeFileSync(`${at}/real`, 'x');
    writeFileSync(`${at}/other`, 'y');
    expect(obey({ path: `${at}/twin`, state: 'hard', src: `${at}/real` })).toEqual([
      'hard link /twin → /real',
    ]);
    expect(why({ path: `${at}/other`, state: 'hard', src: `${at}/real` })).toEqual([
      '/other is there and is not /real',
      undefined,
    ]);
    expect(obey({ path: `${at}/other`, state: 'hard', src: `${at}/real`, force: true })).toHaveLength(1);
    linkSync(`${at}/real`, `${at}/twin`);
    expect(obey({ path: `${at}/twin`, state: 'hard', src: `${at}/real` })).toEqual([]);
    expect(plan({ path: `${at}/twin`, state: 'hard', src: `${at}/other`, force: true })).toMatchObject([
      { undo: { impossible: expect.stringContaining('2 hard links') } },
    ]);
  });

  test('touch', () => {
    emptied(at);
    expect(obey({ path: `${at}/new`, state: 'touch', mode: '0600' })).toEqual(['make empty file /new']);
    writeFileSync(`${at}/old`, 'x');
    utimesSync(`${at}/old`, 1000, 2000);
    expect(obey({ path: `${at}/old`, state: 'touch', mode: '0600' })).toEqual([
      '/old: mode 0644 → 0600',
      'touch /old',
    ]);
    expect(statSync(`${at}/old`).mtimeMs).toBe(2000_000);
    const preserve = { access_time: 'preserve', modification_time: 'preserve' } as const;
    expect(obey({ path: `${at}/old`, state: 'touch', ...preserve })).toEqual([]);
    utimesSync(`${at}/old`, 1000, 2000);
    make({ path: `${at}/old`, state: 'touch', access_time: 'preserve' });
    expect(statSync(`${at}/old`).mtimeMs).toBeGreaterThan(2000_000);
    expect(statSync(`${at}/old`).atimeMs).toBe(1000_000);
    expect(obey({ path: at, state: 'touch' })).toHaveLength(1);
  });

  test('what cannot be', () => {
    emptied(at);
    writeFileSync(`${at}/file`, '');
    expect(why({ path: `${at}/none`, mode: '0600' })).toEqual(['/none does not exist', 'path:/none']);
    expect(why({ path: `${at}/none/x`, state: 'touch' })).toEqual([
      'the directory /none does not exist',
      'path:/none',
    ]);
    expect(why({ path: `${at}/file`, state: 'directory' })).toEqual([
      '/file is a file, not a directory',
      undefined,
    ]);
    expect(why({ path: `${at}/file/x`, state: 'directory' })).toEqual([
      'there is something above /file/x that is no directory',
      undefined,
    ]);
    expect(why({ path: at, state: 'file' })).toEqual([' is a directory, not a file', undefined]);
    symlinkSync('none', `${at}/dangling`);
    expect(why({ path: `${at}/dangling`, state: 'touch' })).toEqual([
      '/dangling is a link to none, which does not exist',
      'path:/dangling',
    ]);
    mkdirSync(`${at}/folder`);
    expect(why({ path: `${at}/twin`, state: 'hard', src: `${at}/folder` })).toEqual([
      '/folder is a directory, which can have no hard link',
      undefined,
    ]);
    for (const src of ['folder', `${at}/folder/`])
      expect(why({ path: `${at}/folder`, state: 'link', src, force: true })).toEqual([
        '/folder would be a link to itself',
        undefined,
      ]);
  });

  test('directories and links whose owner cannot be given go again', () => {
    emptied(at);
    const start = snapshot(at);
    for (const args of [
      { path: `${at}/a/b`, state: 'directory', owner: 'no-such-user' },
      { path: `${at}/link`, state: 'link', src: '/', follow: false, owner: 'no-such-user' },
    ] as const) {
      const made = makeHere(shell, plan(args));
      made.forget();
      expect(made.code).not.toBe(0);
      expect(made.stderr).toContain('no-such-user');
      expect(snapshot(at)).toEqual(start);
    }
  });

  test('a directory that was filled since is left by the undo', () => {
    emptied(at);
    const made = makeHere(shell, plan({ path: `${at}/a/b`, state: 'directory' }));
    writeFileSync(`${at}/a/b/mine`, '');
    expect(made.undo().code).not.toBe(0);
    expect(existsSync(`${at}/a/b/mine`)).toBe(true);
  });

  test('whatever the name, it is data', () => {
    fc.assert(
      fc.property(hostileName, (name) => {
        emptied(at);
        obey({ path: `${at}/${name}/sub`, state: 'directory', mode: '0700' });
        obey({ path: `${at}/${name}`, state: 'link', src: name, force: true });
        obey({ path: `${at}/${name}`, state: 'touch' });
        mkdirSync(`${at}/${name}`);
        obey({ path: `${at}/${name}`, state: 'absent' });
        obey({ path: at, state: 'directory', recurse: true, mode: '0700' });
      }),
      { numRuns: 8 },
    );
  });
});

const hostileName = fc.oneof(
  fc.constantFrom(
    '-rf',
    '--',
    '$(id)',
    "a'b",
    'a"b',
    'a\nb',
    ' ',
    '*',
    '\\',
    'ünï',
    '~',
    'n'.repeat(250),
    '%s',
  ),
  fc
    .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..'),
);
