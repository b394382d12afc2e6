import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** The one in use and the one before, so that two versions of the build scripts can be tried in turn. */
const keptImages = 2;

/**
 * Marks an image as used now and removes those that were used least lately; a machine that runs from one goes on, since
 * its disks are open. `cache` holds a folder `vm-DIGEST` an image, and its lock beside it.
 */
export async function pruneImages(cache: string, used: string): Promise<void> {
  const now = new Date();
  await utimes(used, now, now);
  const names = (await readdir(cache)).filter((name) => /^vm-[0-9a-f]{12}$/.test(name));
  const images = await Promise.all(
    names.map(async (name) => ({ folder: join(cache, name), at: (await stat(join(cache, name))).mtimeMs })),
  );
  const old = images.toSorted((one, other) => other.at - one.at).slice(keptImages);
  for (const { folder } of old) {
    // Away at once: half an image under its own name would be taken for a whole one.
    await rename(folder, `${folder}.old`);
    await rm(`${folder}.old`, { recursive: true });
    await rm(`${folder}.lock`, { force: true });
  }
}
