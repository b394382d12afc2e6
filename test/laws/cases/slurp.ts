import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

export const slurp: ModuleCases = {
  onlyLooks: true,
  cases: [
    {
      title: 'a file',
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x'), 'x'),
      args: (root) => ({ src: `${root}/x` }),
    },
    {
      title: 'any bytes, behind a link',
      changes: false,
      prepare: (root) => {
        writeFileSync(join(root, 'x'), Buffer.from([0, 10, 255, 13, 10]));
        symlinkSync('x', join(root, 'y'));
      },
      args: (root) => ({ src: `${root}/y` }),
    },
    { title: 'a file of the kernel', changes: false, args: () => ({ src: '/proc/version' }) },
  ],
  hostile: [
    {
      argument: 'src',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x'),
      args: (folder, value) => ({ src: `${folder}/${value}` }),
      after: (folder, value, { register }) =>
        expect(register).toMatchObject({ source: `${folder}/${value}`, text: 'x' }),
    },
    {
      argument: 'what it holds',
      takes: 'text',
      nul: 'kept',
      large: true,
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), value),
      args: (folder) => ({ src: `${folder}/x` }),
      after: (_folder, value, { register }) => expect(register['text']).toBe(value),
    },
  ],
};
