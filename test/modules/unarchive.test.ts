import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../engine/contract/digest.ts';
import type { ArchiveEntry, LocalArchive } from '../../engine/contract/schema.ts';
import { unarchive } from '../../engine/modules/unarchive.ts';
import type { UnarchiveArgs } from '../../engine/modules/unarchive/arguments.ts';
import { readArchive } from '../../engine/run/archive/read_archive.ts';
import { emptied, scratch, shells, type ShellName } from '../facts/look.ts';
import { keepsTheLaws, makeHere, probeHere, snapshot } from './harness.ts';

const root = scratch();

const run = (command: string, cwd = root): void => {
  const { status, stderr } = spawnSync('sh', ['-ec', command], { cwd, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
};

/** What the archives of these tests hold. */
const source = `${root}/source`;
mkdirSync(`${source}/app/bin`, { recursive: true });
mkdirSync(`${source}/app/empty`);
writeFileSync(`${source}/app/bin/run`, '#!/bin/sh\necho run\n', { mode: 0o755 });
writeFileSync(`${source}/app/bin/-rf $(id) '`, Buffer.alloc(70_000, 'x\0y'));
writeFileSync(`${source}/app/conf`, 'a=1\n', { mode: 0o640 });
writeFileSync(`${source}/app/none`, '');
chmodSync(`${source}/app/conf`, 0o640);
symlinkSync('bin/run', `${source}/app/start`);
for (const name of ['bin/run', 'conf', 'none'])
  utimesSync(`${source}/app/${name}`, 1_600_000_000, 1_600_000_000);
linkSync(`${source}/app/conf`, `${source}/app/twin`);

const kinds: readonly (readonly [name: string, command: string])[] = [
  ['a.tar', 'tar -cf ../a.tar app'],
  ['a.tar.gz', 'tar -czf ../a.tar.gz app'],
  ['a.tar.bz2', 'tar -cjf ../a.tar.bz2 app'],
  ['a.tar.xz', 'tar -cJf ../a.tar.xz app'],
  ['a.tar.zst', 'tar --zstd -cf ../a.tar.zst app'],
  ['a.zip', 'zip -qry ../a.zip app'],
];
for (const [, command] of kinds) run(command, source);
/** One with times for certain; one without, with a comment; both without a link, which the host's own may not have. */
const zips = ['ut.zip', 'plain.zip'];
run('zip -qry ../ut.zip app -x app/start', source);
run('zip -qryX ../plain.zip app -x app/start; echo "a comment" | zip -qz ../plain.zip', source);

async function local(name: string): Promise<LocalArchive> {
  const path = `${root}/${name}`;
  const bytes = readFileSync(path);
  const file = {
    kind: 'file',
    path,
    size: bytes.length,
    sha256: sha256(bytes),
    mode: '0644',
    bytes,
  } as const;
  return { kind: 'archive', file, ...(await readArchive(path)) };
}

const plan = (shell: ShellName, args: UnarchiveArgs) =>
  unarchive.plan(args, probeHere(shell, unarchive.probe(args)));
const make = (shell: ShellName, args: UnarchiveArgs) => {
  const made = makeHere(shell, plan(shell, args));
  made.forget();
  expect([made.code, made.stderr]).toEqual([0, '']);
};

describe.each(shells)('unarchive on %s', (shell) => {
  const at = `${root}/${shell}`;

  test.each(kinds.map(([name]) => name))('%s, whole, in part and again', async (name) => {
    emptied(at);
    const args = { src: await local(name), dest: at };
    if (shell === 'busybox' && name === 'a.tar.zst') {
      expect(() => plan(shell, args)).toThrow('not GNU’s, and unpacks no zstd');
      return;
    }
    const [change] = keepsTheLaws(shell, unarchive, args, at);
    expect(change?.what).toBe(`unpack ${name} into ${at}: 9 new`);
    make(shell, args);
    expect(lasting(`${at}/app`)).toEqual(lasting(`${source}/app`));
    if (name !== 'a.zip') expect(lstatSync(`${at}/app/conf`).mtimeMs).toBe(1_600_000_000_000);
    expect(plan(shell, args)).toEqual([]);

    rmSync(`${at}/app/conf`);
    writeFileSync(`${at}/app/conf`, 'a=2\n');
    chmodSync(`${at}/app/bin/run`, 0o700);
    rmSync(`${at}/app/empty`, { recursive: true });
    rmSync(`${at}/app/start`);
    symlinkSync('nowhere', `${at}/app/start`);
    writeFileSync(`${at}/app/own`, 'stays');
    const [again] = keepsTheLaws(shell, unarchive, args, at);
    expect(again?.what).toBe(`unpack ${name} into ${at}: 1 new, 2 replaced, 1 of other owner or mode`);
    expect(again?.saves).toEqual([`${at}/app/conf`, `${at}/app/start`]);
    make(shell, args);
    expect(lasting(`${at}/app`)).toEqual({ ...lasting(`${source}/app`), './own': expect.any(String) });
  });

  const ofHost = [...kinds.map(([name]) => name).filter((name) => name !== 'a.zip'), ...zips];
  test.each(ofHost)('%s of the host', (name) => {
    emptied(at);
    const hasLink = !name.includes('.zip');
    const args: UnarchiveArgs = { src: `${root}/${name}`, dest: at, remote_src: true };
    if (shell === 'busybox' && name === 'a.tar.zst') {
      expect(() => plan(shell, args)).toThrow('is no archive that the host can read');
      return;
    }
    const [change] = keepsTheLaws(shell, unarchive, args, at);
    expect(change?.what).toBe(`unpack ${name} into ${at}: ${hasLink ? 9 : 8} new`);
    make(shell, args);
    if (!hasLink) symlinkSync('bin/run', `${at}/app/start`);
    expect(lasting(`${at}/app`)).toEqual(lasting(`${source}/app`));
    expect(plan(shell, args)).toEqual([]);
    rmSync(`${at}/app/conf`);
    writeFileSync(`${at}/app/conf`, 'a=2\n');
    rmSync(`${at}/app/start`);
    symlinkSync('conf', `${at}/app/start`);
    rmSync(`${at}/app/empty`, { recursive: true });
    const [again] = keepsTheLaws(shell, unarchive, args, at);
    expect(again?.what).toBe(`unpack ${name} into ${at}: 1 new, ${hasLink ? 2 : 1} replaced`);
    const stripped = { ...args, extra_opts: ['--strip-components=2'], mode: '0700' };
    expect(keepsTheLaws(shell, unarchive, stripped, at)[0]?.what).toContain('2 new');
  });

  test('names that GNU tar might read as escapes or as another machine', async () => {
    const there = `${at}/to\\000\\n`;
    emptied(at);
    mkdirSync(there);
    cpSync(`${root}/a.tar`, `${at}/x:a.tar`);
    make(shell, { src: await local('a.tar'), dest: there });
    expect(lasting(`${there}/app`)).toEqual(lasting(`${source}/app`));
    rmSync(`${there}/app`, { recursive: true });
    run(`printf x >'ü [*]'; zip -q '${at}/x:ü.zip' 'ü [*]'`);
    make(shell, { src: `${at}/x:ü.zip`, dest: there, remote_src: true });
    expect(readFileSync(`${there}/ü [*]`, 'utf8')).toBe('x');
    make(shell, { src: `${at}/x:a.tar`, dest: there, remote_src: true });
    expect(lasting(`${there}/app`)).toEqual(lasting(`${source}/app`));
  });

  test('what is no archive of the host', () => {
    emptied(at);
    writeFileSync(`${at}/text`, 'no archive at all');
    writeFileSync(`${root}/n\nl`, '');
    run(`rm -f lines.zip; zip -q lines.zip 'n\nl'`.replace('\\n', '\n'));
    run(`tar -cf lines.tar 'n\nl'`.replace('\\n', '\n'));
    const why = (src: string) => () => plan(shell, { src, dest: at, remote_src: true });
    expect(why(`${at}/none`)).toThrow(`there is no archive ${at}/none on the host`);
    expect(why(`${at}/text`)).toThrow('is no archive that the host can read');
    expect(why(`${root}/a.zip`)).toThrow('app/start in it is a symbolic link');
    writeFileSync(`${at}/cut.zip`, readFileSync(`${root}/a.zip`).subarray(0, -30));
    expect(why(`${at}/cut.zip`)).toThrow('is no archive that the host can read');
    expect(why(`${root}/lines.zip`)).toThrow('a name with a line end');
    expect(why(`${root}/lines.tar`)).toThrow('a name with a line end');
    mkdirSync(`${at}/app`);
    symlinkSync('/tmp', `${at}/app/bin`);
    expect(why(`${root}/a.tar`)).toThrow('is a link to /tmp, outside of');
  });

  test('owner, group and mode of all', async () => {
    emptied(at);
    const args = { src: await local('a.tar.gz'), dest: at, owner: 'daemon', group: '7', mode: 'u=rwX,go=rX' };
    keepsTheLaws(shell, unarchive, args, at);
    make(shell, args);
    const { uid, gid, mode } = lstatSync(`${at}/app/conf`);
    expect([uid, gid, mode & 0o7777]).toEqual([1, 7, 0o644]);
    expect(lstatSync(`${at}/app/empty`).mode & 0o7777).toBe(0o755);
    expect(plan(shell, args)).toEqual([]);
    const [change] = keepsTheLaws(shell, unarchive, { ...args, owner: 'root', mode: 'u=rwX,go=' }, at);
    expect(change?.what).toContain('9 of other owner or mode');
  });

  test('stripped, included, excluded', async () => {
    const files = async (more: Partial<UnarchiveArgs>) => {
      emptied(at);
      const args = { src: await local('a.tar'), dest: at, list_files: true, ...more };
      keepsTheLaws(shell, unarchive, args, at);
      make(shell, args);
      const told = unarchive.result?.(args, probeHere(shell, unarchive.probe(args)))['files'];
      return [Object.keys(snapshot(at)).sort(), (told as string[]).length];
    };
    expect(
      await files({ extra_opts: ['--strip-components=1'], exclude: ['app/bin', 'none', '*/tw*'] }),
    ).toEqual([['.', './conf', './empty', './start'], 3]);
    expect(await files({ extra_opts: ['--strip-components', '2'] })).toEqual([
      ['.', "./-rf $(id) '", './run'],
      2,
    ]);
    expect(await files({ include: ['app/bin/r*', './app/empty/'] })).toEqual([
      ['.', './app', './app/bin', './app/bin/run', './app/empty'],
      2,
    ]);
  });

  test('newer files are kept where it is said', async () => {
    emptied(at);
    const args = { src: await local('a.tar'), dest: at, keep_newer: true, include: ['app/conf'] };
    mkdirSync(`${at}/app`);
    writeFileSync(`${at}/app/conf`, 'mine');
    expect(plan(shell, args)).toEqual([]);
    utimesSync(`${at}/app/conf`, 1_500_000_000, 1_500_000_000);
    expect(plan(shell, args)).toMatchObject([{ saves: [`${at}/app/conf`] }]);
  });

  test('nothing to do, nowhere to do it, something in the way', async () => {
    emptied(at);
    const src = await local('a.tar');
    mkdirSync(`${at}/in the way/app/conf`, { recursive: true });
    mkdirSync(`${at}/linked`);
    symlinkSync('/tmp', `${at}/linked/app`);
    writeFileSync(`${at}/file`, '');
    expect(plan(shell, { src, dest: at, creates: `${at}/file` })).toEqual([]);
    expect(plan(shell, { src, dest: at, creates: `${at}/none` })).toHaveLength(1);
    expect(() => plan(shell, { src, dest: `${at}/none` })).toThrow(`the directory ${at}/none does not exist`);
    expect(() => plan(shell, { src, dest: `${at}/file` })).toThrow('is a file, not a directory');
    expect(() => plan(shell, { src, dest: `${at}/in the way` })).toThrow('app/conf is a directory');
    expect(() => plan(shell, { src, dest: `${at}/linked` })).toThrow('is a link to /tmp, outside of');
  });

  test('a file that cannot be put into place leaves no folder behind', async () => {
    emptied(at);
    writeFileSync(`${root}/cut.tar`, readFileSync(`${root}/a.tar`).subarray(0, 3000));
    const args = {
      src: { ...(await local('a.tar')), file: { ...(await local('a.tar')).file, path: `${root}/cut.tar` } },
      dest: at,
    };
    const made = makeHere(shell, plan(shell, args));
    made.forget();
    expect(made.code).not.toBe(0);
    expect(Object.keys(snapshot(at))).toEqual(['.']);
  });
});

/** Content, modes, links, without owners and hard links. */
function lasting(folder: string): Record<string, string> {
  return snapshot(folder);
}

describe('what an archive may not do', () => {
  const entry = (name: string, more: Partial<ArchiveEntry> = {}): ArchiveEntry => ({
    name,
    kind: 'file',
    mode: '0644',
    size: 1,
    sha256: sha256('x'),
    mtime: 0,
    ...more,
  });
  const link = (name: string, target: string) => entry(name, { kind: 'link', target });
  const hard = (name: string, target: string) => entry(name, { kind: 'hardlink', target });
  const file = { kind: 'file', path: '/x.tar', size: 1, sha256: '', mode: '0644' } as const;
  const probe = (entries: readonly ArchiveEntry[], more: Partial<UnarchiveArgs> = {}) =>
    unarchive.probe({ src: { kind: 'archive', file, format: 'tar', entries }, dest: '/srv/app', ...more });

  test.each<[why: string | RegExp, entries: ArchiveEntry[]]>([
    ['is an absolute path', [entry('/etc/passwd')]],
    ['leads upwards', [entry('../x')]],
    ['leads upwards', [entry('a/../../x')]],
    ['leads upwards', [entry('a'), hard('b', '../../etc/passwd')]],
    ['is an absolute path', [hard('b', '/etc/passwd')]],
    ['is a link to /etc', [link('a', '/etc')]],
    ['is a link to ../../etc', [link('a/b', '../../etc')]],
    ['is a link to ../..', [link('a/b', '../..')]],
    ['is a link to b/../../../x', [link('a', 'b/../../../x')]],
    ['lies below a, which is a link', [link('a', 'b'), entry('a/x')]],
    ['lies below ./a/, which is a link', [entry('a/x'), link('./a/', 'b')]],
    ['lies below a, which is a link', [link('a', 'b'), entry('a', { kind: 'directory' }), entry('a/x')]],
    ['lies below a, which is a file', [entry('a'), entry('a/x')]],
    ['is a hard link to the link a', [link('a', 'b'), hard('c', 'a')]],
    ['is no file in it', [hard('c', 'a')]],
    ['is a device, socket or FIFO', [entry('dev', { kind: 'other' })]],
    ['holds a NUL byte', [entry('a\0b')]],
  ])('%s', (why, entries) => {
    expect(() => probe(entries)).toThrow(why);
  });

  test('what is not wanted may lead elsewhere, but nothing may be below it', () => {
    const exclude = ['a', 'dev'];
    const entries = [link('a', '/etc'), entry('dev', { kind: 'other' }), entry('b')];
    expect(probe(entries, { exclude }).questions.length).toBeGreaterThan(0);
    expect(() => probe([...entries, entry('a/x')], { exclude })).toThrow('lies below a');
    expect(() => probe([entry('../x')], { exclude: ['*'] })).toThrow('leads upwards');
  });

  test.each([
    [['--to-command=sh']],
    [['-C', '/']],
    [['--strip-components=x']],
    [['--strip-components']],
    [['-P']],
  ])('extra_opts %j', (extra_opts) => {
    expect(() => probe([entry('a')], { extra_opts })).toThrow(/extra_opts|needs a number/);
  });
});

test('a host that lacks a program', () => {
  const state = (names: string[], format: 'tar.gz' | 'zip' | 'tar') => {
    const member = {
      name: 'a',
      from: 'a',
      path: '/srv/a',
      kind: 'file',
      mode: '0644',
      size: 1,
      sha256: 'x',
    } as const;
    const absent = { kind: 'absent', parent: 'directory' } as const;
    return {
      creates: null,
      dest: { kind: 'directory', mode: '0755' } as never,
      tools: { names: new Set(names) },
      found: { format, members: [member], places: [{ at: absent, holds: false }], folders: [] },
    };
  };
  const args: UnarchiveArgs = { src: '/x', dest: '/srv', remote_src: true };
  expect(() => unarchive.plan(args, state([], 'tar'))).toThrow('the host has no tar, which unpacks tar');
  expect(() => unarchive.plan(args, state(['tar', 'gnu'], 'tar.gz'))).toThrow('the host has no gzip');
  expect(() => unarchive.plan(args, state(['tar', 'gnu'], 'zip'))).toThrow('the host has no unzip');
  expect(unarchive.plan(args, state(['tar'], 'tar.gz'))).toHaveLength(1);
  expect(() => unarchive.plan(args, { ...state([], 'tar'), found: null })).toThrow(
    'there is no archive /x on the host',
  );
});
