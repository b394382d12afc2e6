import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pruneImages } from './prune_images.ts';

test('of the images those used last are kept, and nothing else is touched', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'fettle-prune-'));
  try {
    for (const [seconds, digit] of [...'abcd'].entries()) {
      const folder = join(cache, `vm-${digit.repeat(12)}`);
      await mkdir(join(folder, 'runs'), { recursive: true });
      await writeFile(`${folder}.lock`, '');
      await utimes(folder, 1e9 + seconds, 1e9 + seconds);
    }
    await mkdir(join(cache, 'other'));
    await mkdir(join(cache, 'vm-bbbbbbbbbbbb.Xy12Zz'));
    await pruneImages(cache, join(cache, 'vm-bbbbbbbbbbbb'));
    expect((await readdir(cache)).sort()).toEqual([
      'other',
      'vm-bbbbbbbbbbbb',
      'vm-bbbbbbbbbbbb.Xy12Zz',
      'vm-bbbbbbbbbbbb.lock',
      'vm-dddddddddddd',
      'vm-dddddddddddd.lock',
    ]);
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
});
