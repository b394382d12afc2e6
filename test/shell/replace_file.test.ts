import { spawnSync } from 'node:child_process';
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
import { describe, expect, test } from 'vitest';
import { replaceFile, type Replacement, restoreFile, writeInPlace } from '../../engine/shell/replace_file.ts';
import { sh, type Script, userScript } from '../../engine/shell/script.ts';
import {
  canCountForks,
  countForks,
  emptied,
  scratch,
  shellCommand,
  shellEnvironment,
  shells,
} from '../facts/look.ts';

const root = scratch();
const isRoot = process.getuid?.() === 0;
const hasAttributes = ['setfacl', 'setfattr', 'getfacl', 'getfattr'].every((tool) =>
  existsSync(`/usr/bin/${tool}`),
);

describe.each(shells)('replacing a file on %s', (shell) => {
  const at = `${root}/${shell}`;
  const path = `${at}/file`;
  const before = { uid: 0, gid: 0, mode: '0644' };
  const replacement = (more: Partial<Replacement> = {}): Replacement => ({
    path,
    source: sh`${`${at}/new`}`,
    before,
    ...more,
  });
  const [program, ...args] = shellCommand(shell);
  const run = (script: Script, wrapper: readonly string[] = []) => {
    const [first = program, ...rest] = [...wrapper, program, ...args, '-c', script.text];
    // bash reads its start-up files where standard input is a socket.
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return spawnSync(first, rest, {
      stdio: [...stdio],
      encoding: 'utf8',
      env: shellEnvironment(shell),
      timeout: 20_000,
    });
  };
  const prepare = () => {
    emptied(at);
    writeFileSync(path, 'old');
    writeFileSync(`${at}/new`, 'new');
  };

  test('what a script writes, or nothing where it cannot', () => {
    prepare();
    const fills = (text: Script) => run(replaceFile({ ...replacement(), source: { fills: text } }));
    expect(fills(sh`echo made >"$t" || exit 1`)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(path, 'utf8')).toBe('made\n');
    expect(fills(sh`echo half >"$t"; exit 3`).status).toBe(3);
    expect([readFileSync(path, 'utf8'), readdirSync(at).sort()]).toEqual(['made\n', ['file', 'new']]);
  });

  test('only its bytes and its time change', () => {
    prepare();
    chmodSync(path, 0o4711);
    const old = statSync(path);
    expect(run(replaceFile(replacement({ before: { ...before, mode: '4711' } }))).stderr).toBe('');
    const now = statSync(path);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect([now.mode, now.uid, now.gid]).toEqual([old.mode, old.uid, old.gid]);
    expect(now.mtimeMs).toBeGreaterThanOrEqual(old.mtimeMs);
    expect(now.ino).not.toBe(old.ino);
    expect(readdirSync(at).sort()).toEqual(['file', 'new']);
  });

  test.runIf(hasAttributes)('ACL and extended attributes stay where cp can (needs acl and attr)', () => {
    prepare();
    spawnSync('setfacl', ['-m', 'u:daemon:rw', path]);
    spawnSync('setfattr', ['-n', 'user.note', '-v', 'x', path]);
    const told = () =>
      spawnSync('sh', ['-c', 'getfacl -p "$1"; getfattr -d "$1"', 'sh', path], { encoding: 'utf8' });
    const old = told().stdout;
    expect(old).toContain('user:daemon:rw');
    run(replaceFile(replacement()));
    // The cp of busybox knows neither.
    expect(told().stdout === old).toBe(shell !== 'busybox');
  });

  test('a name that is taken is left alone, a link as well', () => {
    prepare();
    const taken = `for n in '' - --; do ln -s ${at}/victim ${at}/.file.fettle-$$$n; done`;
    writeFileSync(`${at}/victim`, 'mine');
    expect(
      run(sh`${userScript(taken)}
${replaceFile(replacement())}`).stderr,
    ).toBe('');
    expect([readFileSync(path, 'utf8'), readFileSync(`${at}/victim`, 'utf8')]).toEqual(['new', 'mine']);
  });

  test('a failure leaves the old file and nothing else', () => {
    prepare();
    const failing: [string, Partial<Replacement>][] = [
      ['refused by: false %s', { validate: 'false %s' }],
      ['refused by: exit 3; %s', { validate: 'exit 3; %s' }],
      ['nosuchuser', { chown: 'nosuchuser' }],
      ['', { source: sh`${`${at}/none`}` }],
    ];
    for (const [said, more] of failing) {
      const { status, stderr } = run(replaceFile(replacement(more)));
      expect(status).not.toBe(0);
      expect(stderr).toContain(said);
      expect(readdirSync(at).sort()).toEqual(['file', 'new']);
      expect(readFileSync(path, 'utf8')).toBe('old');
    }
  });

  test.runIf(isRoot)('a full or read-only file system is said so, and nothing is left (needs root)', () => {
    prepare();
    const disk = `${at}/disk`;
    mkdirSync(disk);
    writeFileSync(`${at}/new`, Buffer.alloc(1024 * 1024, 'x'));
    const full = replaceFile(replacement({ path: `${disk}/file` }));
    const look = `echo "rc $?"; ls -A ${disk}; cat ${disk}/file`;
    const script = [
      `mount -t tmpfs -o size=64k none ${disk} && echo old >${disk}/file`,
      `(${full.text}\n); ${look}`,
      `mount -o remount,ro ${disk}`,
      `(${full.text}\n); ${look}`,
    ].join('\n');
    const { stdout, stderr } = run(userScript(script), ['/usr/bin/unshare', '-m']);
    expect(stdout.replaceAll(/rc [1-9]\d*/g, 'rc bad')).toBe('rc bad\nfile\nold\nrc bad\nfile\nold\n');
    expect(stderr).toMatch(/No space left on device[^]*Read-only file system/i);
  });

  test.runIf(isRoot && existsSync('/usr/bin/setpriv'))(
    'an owner that cannot be kept is refused (needs root)',
    () => {
      prepare();
      chmodSync(root, 0o755);
      chmodSync(at, 0o777);
      const { status, stderr } = run(replaceFile(replacement()), [
        '/usr/bin/setpriv',
        '--reuid=1',
        '--clear-groups',
      ]);
      expect(status).not.toBe(0);
      expect(stderr).toMatch(/owner|not permitted/);
      expect(readdirSync(at).sort()).toEqual(['file', 'new']);
      expect(readFileSync(path, 'utf8')).toBe('old');
    },
  );

  test('in place, the inode stays', () => {
    prepare();
    const old = statSync(path);
    expect(run(writeInPlace(replacement({ chmod: '00600' }), sh`/none`)).stderr).toBe('');
    expect([statSync(path).ino, readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual([
      old.ino,
      'new',
      0o600,
    ]);
  });

  test.runIf(isRoot)('in place on a full disk, the former bytes come again (needs root)', () => {
    emptied(at);
    writeFileSync(`${at}/new`, Buffer.alloc(100_000, 'n'));
    writeFileSync(`${at}/saved`, 'old');
    mkdirSync(`${at}/small`);
    const small = `${at}/small/file`;
    const mounted = `mount -t tmpfs -o size=64k none ${at}/small && cp ${at}/saved ${small} && "$@"; s=$?; cat ${small}; exit $s`;
    const script = writeInPlace(replacement({ path: small }), sh`${`${at}/saved`}`);
    const ended = run(script, ['unshare', '-m', '/bin/sh', '-c', `PATH=/usr/bin:/bin; ${mounted}`, 'sh']);
    expect([ended.status, ended.stdout]).toEqual([1, 'old']);
    expect(ended.stderr).toContain('No space left on device');
  });

  test.runIf(isRoot)('a file that is a mount point is told as one (needs root)', () => {
    prepare();
    const bind = `PATH=/usr/bin:/bin; mount --bind ${at}/new ${path} && exec "$@"`;
    const ended = run(replaceFile(replacement({ source: sh`/dev/null` })), [
      'unshare',
      '-m',
      '/bin/sh',
      '-c',
      bind,
      'sh',
    ]);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(`${path} is a mount point, so that no other file can take its place`);
    expect(readdirSync(at).sort()).toEqual(['file', 'new']);
    const kept = run(writeInPlace(replacement({ source: sh`/dev/null` }), sh`/none`), [
      'unshare',
      '-m',
      '/bin/sh',
      '-c',
      bind,
      'sh',
    ]);
    expect([kept.status, readFileSync(`${at}/new`, 'utf8'), readFileSync(path, 'utf8')]).toEqual([
      0,
      '',
      'old',
    ]);
  });

  test('a copy is put back, also where a link or nothing is now', () => {
    prepare();
    const back = restoreFile(path, sh`${`${at}/new`}`);
    run(back);
    expect(readFileSync(path, 'utf8')).toBe('new');
    rmSync(path);
    expect(run(back).status).toBe(0);
    rmSync(path);
    symlinkSync(at, path);
    expect(run(back).status).toBe(0);
    expect(readdirSync(at).sort()).toEqual(['file', 'new']);
    rmSync(path);
    mkdirSync(path);
    expect(run(back).status).not.toBe(0);
    expect(readdirSync(path)).toEqual([]);
  });

  test.runIf(canCountForks)('few forks (needs strace)', () => {
    prepare();
    const made = countForks(shell, replaceFile(replacement({ path: `${at}/made`, before: null })));
    const replaced = countForks(shell, replaceFile(replacement()));
    // The frame itself, dd, mv; for a file that is there also cp, and where that fails (busybox) chown and chmod.
    expect(made).toBe(3);
    expect(replaced).toBe(shell === 'busybox' ? 6 : 4);
  });
});
