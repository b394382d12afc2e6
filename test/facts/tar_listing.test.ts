import { expect, test } from 'vitest';
import type { ArchiveEntry } from '../../engine/contract/schema.ts';
import { parseListing } from '../../engine/facts/tar_listing.ts';

test.each<[row: string, entry: Partial<ArchiveEntry> | string]>([
  // GNU tar 1.34
  [
    '-rwsr-xr-t 0/0    3 2026-11-20 21:12:20 "a/\\303\\274 \\"q\\"\\\\"',
    { name: 'a/ü "q"\\', mode: '5755', size: 3, mtime: 1795209140 },
  ],
  ['-rw-r--r-- 0/0    0 2026-11-20 21:12:20 "a/x -> y"', { name: 'a/x -> y', kind: 'file' }],
  [
    'hrw-r--r-- 0/0    0 2026-11-20 21:12:20 "a/f" link to "a/h"',
    { name: 'a/f', kind: 'hardlink', target: 'a/h' },
  ],
  [
    'lrwxrwxrwx 0/0    0 2026-11-20 21:12:20.5 "a -> b" -> "f -> g"',
    { name: 'a -> b', kind: 'link', target: 'f -> g' },
  ],
  ['crw-rw---- 0/0  1,3 2026-11-20 21:12:20 "null"', { kind: 'other' }],
  ['-rw-r--r-- 0/0    1 2026-11-20 21:12:20 "a/n\\nl"', 'a name with a line end'],
  ['-rw-r--r-- 0/0    1 2026-11-20 21:12:20 "a\\377"', 'is no UTF-8'],
  // busybox 1.35
  ['drwxr-xr-x root/root         0 2026-11-20 21:12:20 a/', { name: 'a/', kind: 'directory', mode: '0755' }],
  ['-rw-r--r-- root/root         3 2026-11-20 21:12:20 a/h i', { name: 'a/h i', kind: 'file', size: 3 }],
  ['-rw-r--r-- root/root         0 2026-11-20 21:12:20 a/f -> a/h', { kind: 'hardlink', target: 'a/h' }],
  ['lrwxrwxrwx root/root         0 2026-11-20 21:12:20 a/l -> f', { kind: 'link', target: 'f' }],
  ['l "q"', 'a name with a line end'],
])('tar says: %s', (row, entry) => {
  if (typeof entry === 'string') expect(() => parseListing(`${row}\n`)).toThrow(entry);
  else expect(parseListing(`${row}\n`)).toMatchObject([entry]);
});
