import { dirname } from 'node:path';
import { machineImage } from './image.ts';
import { pruneImages } from './prune_images.ts';
import { vmMissing } from './requirements.ts';

/** Before all tests: builds the image, which takes longer than any test may, and removes old ones. */
export async function setup(): Promise<void> {
  if (vmMissing() !== null) return;
  const folder = dirname((await machineImage()).disk);
  await pruneImages(dirname(folder), folder);
}
