import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reference, referenceFile } from './reference.ts';

test('the reference is as `npm run reference` would write it', async () => {
  expect(readFileSync(referenceFile, 'utf8')).toBe(await reference());
});
