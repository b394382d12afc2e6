import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../engine/contract/digest.ts';
import type { Outcome, Pieces } from '../../engine/contract/module.ts';
import { fetch, type FetchArgs } from '../../engine/modules/fetch.ts';
import { emptied, lookRaw, scratch, shells } from '../facts/look.ts';
import { actHere } from './act.ts';
import { snapshot } from './harness.ts';

const root = scratch();
const any = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));

describe.each(shells)('fetch on %s', (shell) => {
  const at = `${root}/${shell}`;
  const read = (src: string, more: Partial<FetchArgs> = {}) =>
    actHere(shell, fetch, { src, dest: '/keep', ...more });

  test('a file as it is', () => {
    emptied(at);
    writeFileSync(`${at}/any`, any);
    writeFileSync(`${at}/none`, '');
    symlinkSync('any', `${at}/link`);
    const start = snapshot(at);
    expect(read(`${at}/any`)).toEqual({
      changed: false,
      values: { src: `${at}/any`, dest: `/keep/h${at}/any`, checksum: sha256(any), size: 70_000 },
      keeps: { path: `/keep/h${at}/any`, bytes: any },
      output: '',
    });
    expect(read(`${at}/link`)).toMatchObject({ values: { checksum: sha256(any) } });
    expect(read(`${at}/none`)).toMatchObject({ values: { size: 0, checksum: sha256('') } });
    expect(snapshot(at)).toEqual(start);
  });

  test('files whose size is not told', () => {
    const own = read('/proc/version');
    expect(own).toMatchObject({ keeps: { bytes: readFileSync('/proc/version') } });
    const limit = readFileSync('/sys/devices/system/cpu/possible');
    expect(read('/sys/devices/system/cpu/possible')).toMatchObject({ keeps: { bytes: limit } });
  });

  test('the longest file, and one that is longer', () => {
    emptied(at);
    const longest = Buffer.alloc(15 * 1024 * 1024, any);
    writeFileSync(`${at}/long`, longest);
    expect(read(`${at}/long`)).toMatchObject({ values: { size: longest.length, checksum: sha256(longest) } });
    const longer = Buffer.alloc(20 * 1024 * 1024 + 1, any);
    writeFileSync(`${at}/long`, longer);
    const told = read(`${at}/long`);
    const checksum = sha256(longer);
    expect(told).toMatchObject({
      values: { src: `${at}/long`, size: longer.length, checksum },
      keeps: { bytes: { size: longer.length, sha256: checksum, count: 3 } },
    });
    const pieces = (told as { keeps: { bytes: Pieces } }).keeps.bytes;
    const brought = [0, 1, 2].map((index) => lookRaw(shell, pieces.script(index)).stdout);
    expect(Buffer.concat(brought).equals(longer)).toBe(true);
  });

  test('what there is not', () => {
    emptied(at);
    mkdirSync(`${at}/folder`);
    spawnSync('mkfifo', [`${at}/fifo`]);
    expect(read(`${at}/none`)).toMatchObject({ failed: `there is no ${at}/none on the host` });
    expect(read(`${at}/a/b/c`)).toMatchObject({ failed: `there is no ${at}/a/b/c on the host` });
    expect(read(`${at}/none`, { fail_on_missing: false })).toEqual({
      changed: false,
      values: { src: `${at}/none`, msg: `there is no ${at}/none on the host` },
    });
    expect(read(`${at}/folder`, { fail_on_missing: false })).toMatchObject({
      failed: `${at}/folder is a directory; fetch takes files`,
    });
    expect(read(`${at}/fifo`)).toMatchObject({ failed: `${at}/fifo is no regular file` });
  });
});

test.runIf(process.getuid?.() === 0)('another user’s file (needs root and setpriv)', () => {
  const at = `${root}/closed`;
  mkdirSync(`${at}/folder`, { recursive: true });
  writeFileSync(`${at}/file`, 'x', { mode: 0o600 });
  writeFileSync(`${at}/folder/file`, 'x');
  chmodSync(root, 0o755);
  chmodSync(`${at}/folder`, 0o700);
  const asNobody = (src: string) => {
    const run = fetch.run({ src, dest: '/keep' }, { host: 'h' });
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', run.script.text];
    const { status, stdout, stderr } = spawnSync('setpriv', nobody);
    return run.result({ code: status ?? 0, stdout, stderr, timedOut: false }).failed;
  };
  expect(asNobody(`${at}/file`)).toBe(`${at}/file may not be read: become a user who may`);
  expect(asNobody(`${at}/folder/file`)).toContain('cannot be searched: become a user who may');
});

test.each<[src: string, dest: string, host: string, flat: boolean, path: string | RegExp]>([
  ['/etc/x', '/keep', 'web1', false, '/keep/web1/etc/x'],
  ['//etc/./x/', '/keep/', 'web1', false, '/keep/web1/etc/x'],
  ['/etc/x', '/keep', 'fe80::1%eth0', false, '/keep/fe80::1%eth0/etc/x'],
  ['/etc/x', '/keep/y', '..', true, '/keep/y'],
  ['/etc/x', '/keep/', 'web1', true, '/keep/x'],
  ['/a/../../../etc/x', '/keep', 'web1', false, /would lead out of `dest`/],
  ['/etc/..', '/keep/', 'web1', true, /would lead out of `dest`/],
  ['/etc/x', '/keep', '..', false, /would lead out of `dest`/],
  ['/etc/x', '/keep', '../..', false, /would lead out of `dest`/],
  ['/etc/x', '/keep', '/root', false, /would lead out of `dest`/],
  ['/', '/keep', 'web1', false, /a folder, not a file/],
  ['/a\0', '/keep', 'web1', false, /NUL/],
])('%s to %s for %s (flat: %s)', (src, dest, host, flat, path) => {
  const run = () => fetch.run({ src, dest, flat }, { host });
  if (typeof path !== 'string') {
    expect(run).toThrow(path);
    return;
  }
  const { keeps } = run().result(answer(`1 ${sha256('x')}\nx`));
  expect(keeps).toEqual({ path, bytes: Buffer.from('x') });
});

test.each([
  ['cut short', `2 ${sha256('xy')}\nx`],
  ['other bytes', `1 ${sha256('y')}\nx`],
  ['cut short, and no sum', '2 -\nx'],
  ['nothing at all', ''],
  ['no first line', 'x'],
  ['noise', 'motd\n1 -\nx'],
])('what arrived is not what was sent: %s', (_case, stdout) => {
  const { result } = fetch.run({ src: '/x', dest: '/keep' }, { host: 'h' });
  expect(result(answer(stdout))).toEqual({
    changed: false,
    failed: '/x changed while it was read',
    values: {},
    output: '',
  });
});

test('a host without sha256sum', () => {
  const { result } = fetch.run({ src: '/x', dest: '/keep' }, { host: 'h' });
  expect(result(answer('1 -\nx'))).toMatchObject({ values: { checksum: sha256('x'), size: 1 } });
});

function answer(stdout: string): Outcome {
  return { code: 0, stdout: Buffer.from(stdout, 'latin1'), stderr: Buffer.alloc(0), timedOut: false };
}
