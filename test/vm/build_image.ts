import { machineImage } from './image.ts';
import { vmMissing } from './requirements.ts';

/** Before all tests: builds the image, which takes longer than any test may. */
export async function setup(): Promise<void> {
  if (vmMissing() === null) await machineImage();
}
