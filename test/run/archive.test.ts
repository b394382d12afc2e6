import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../engine/contract/digest.ts';
import { readArchive } from '../../engine/run/archive/read_archive.ts';
import { TarReader } from '../../engine/run/archive/tar.ts';
import { scratch } from '../facts/look.ts';

const root = scratch();
const long = `${'long'.repeat(20)}/${'name'.repeat(30)}`;

mkdirSync(`${root}/in/${'long'.repeat(20)}`, { recursive: true });
writeFileSync(`${root}/in/file`, 'x'.repeat(70_001), { mode: 0o640 });
writeFileSync(`${root}/in/none`, '');
writeFileSync(`${root}/in/ü b`, 'y');
writeFileSync(`${root}/in/${long}`, 'z', { mode: 0o755 });
symlinkSync(`${'t/'.repeat(60)}end`, `${root}/in/link`);
utimesSync(`${root}/in/file`, 1_600_000_000, 1_600_000_000);

const run = (command: string): void => {
  const { status, stderr } = spawnSync('sh', ['-ec', command], { cwd: `${root}/in`, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
};

const inside = [
  {
    name: 'file',
    kind: 'file',
    mode: '0640',
    size: 70_001,
    mtime: 1_600_000_000,
    sha256: sha256('x'.repeat(70_001)),
  },
  { name: 'none', kind: 'file', mode: '0644', size: 0, sha256: sha256('') },
  { name: 'ü b', kind: 'file', mode: '0644', size: 1, sha256: sha256('y') },
  { name: `${'long'.repeat(20)}/`, kind: 'directory', mode: '0755', size: 0 },
  { name: long, kind: 'file', mode: '0755', size: 1, sha256: sha256('z') },
  { name: 'link', kind: 'link', mode: '0777', size: 0, target: `${'t/'.repeat(60)}end` },
];
const all = `file none 'ü b' ${'long'.repeat(20)} link`;

describe('what is in an archive', () => {
  test.each([
    ['tar', `tar --format=gnu -cf ../a ${all}`],
    ['tar', `tar --format=pax -cf ../a ${all}`],
    ['tar', `tar --format=posix --pax-option=globexthdr.name=x,comment:=y -cf ../a ${all}`],
    ['tar', `busybox tar -cf ../a ${all}`],
    ['tar', `printf '' | tar --format=gnu -b 1 -cf ../a ${all}`],
    ['tar.gz', `tar -czf ../a ${all}`],
    ['tar.bz2', `tar -cjf ../a ${all}`],
    ['tar.xz', `tar -cJf ../a ${all}`],
    ['tar.zst', `tar --zstd -cf ../a ${all}`],
    ['zip', `rm -f ../a.zip; zip -qry ../a.zip ${all}; mv ../a.zip ../a`],
    ['zip', `rm -f ../a.zip; zip -qry0X ../a.zip ${all}; mv ../a.zip ../a; printf x >>/dev/null`],
    ['zip', `rm -f ../a.zip; printf 'a comment' | zip -qryz ../a.zip ${all} >/dev/null; mv ../a.zip ../a`],
  ])('%s by %s', async (format, command) => {
    run(command);
    const read = await readArchive(`${root}/a`);
    expect(read.format).toBe(format);
    const hasTimes = !command.includes('0X');
    expect(read.entries).toMatchObject(
      inside.map(({ mtime, ...entry }) => ({ ...entry, ...(mtime && hasTimes ? { mtime } : {}) })),
    );
    expect(read.entries.length).toBe(inside.length);
  });

  test('hard links, and what is no file', async () => {
    mkdirSync(`${root}/in/links`);
    writeFileSync(`${root}/in/links/a`, 'x');
    linkSync(`${root}/in/links/a`, `${root}/in/links/b`);
    run('mkfifo links/fifo; tar --format=ustar -cf ../a links/a links/b links/fifo');
    expect((await readArchive(`${root}/a`)).entries).toMatchObject([
      { name: 'links/a', kind: 'file', sha256: sha256('x') },
      { name: 'links/b', kind: 'hardlink', target: 'links/a', size: 0 },
      { name: 'links/fifo', kind: 'other' },
    ]);
  });

  test('in chunks of any size', () => {
    run(`tar --format=pax -cf ../a ${all}`);
    const bytes = readFileSync(`${root}/a`);
    for (const size of [1, 7, 511, 513, 10_000]) {
      const reader = new TarReader();
      for (let at = 0; at < bytes.length; at += size) reader.feed(bytes.subarray(at, at + size));
      expect(reader.end().map(({ name }) => name)).toEqual(inside.map(({ name }) => name));
    }
  });

  test.each<[why: string | RegExp, command: string]>([
    ['no tar archive', 'head -c 2000 /bin/sh >../a'],
    ['in the middle of a file', `tar -cf - ${all} | head -c 30000 >../a`],
    ['compression is damaged', `tar -czf - ${all} | head -c 100 >../a`],
    ['compression is damaged', `tar -cJf - ${all} | head -c 100 >../a`],
    ['it is cut', `rm -f ../a.zip; zip -qry0 ../a.zip ${all}; head -c 20000 ../a.zip >../a`],
    ['is encrypted', `rm -f ../a.zip; zip -qP x ../a.zip file; mv ../a.zip ../a`],
    ['sparse', 'truncate -s 10M sparse; echo x >>sparse; tar -cSf ../a sparse; rm sparse'],
    ['no UTF-8', `touch "$(printf 'a\\377')"; tar --format=gnu -cf ../a "$(printf 'a\\377')"`],
  ])('%s', async (why, command) => {
    run(command);
    await expect(readArchive(`${root}/a`)).rejects.toThrow(why);
    await expect(readArchive(`${root}/a`)).rejects.toBeInstanceOf(RangeError);
  });
});
