import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

export const stat: ModuleCases = {
  onlyLooks: true,
  cases: [
    {
      title: 'a file and its digest',
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x'), 'x'),
      args: (root) => ({ path: `${root}/x`, get_checksum: true }),
    },
    {
      title: 'behind a link',
      changes: false,
      prepare: (root) => {
        mkdirSync(join(root, 'y'));
        symlinkSync('y', join(root, 'x'));
      },
      args: (root) => ({ path: `${root}/x`, follow: true }),
    },
    { title: 'nothing', changes: false, args: (root) => ({ path: `${root}/a/b` }) },
  ],
  hostile: [
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x'),
      args: (folder, value) => ({ path: `${folder}/${value}`, get_checksum: true }),
      after: (folder, value, { register }) =>
        expect(register['stat']).toMatchObject({ exists: true, path: `${folder}/${value}`, size: 1 }),
    },
    {
      argument: 'what a link leads to',
      takes: 'name',
      prepare: (folder, value) => symlinkSync(value, join(folder, 'link')),
      args: (folder) => ({ path: `${folder}/link` }),
      after: (_folder, value, { register }) => expect(register['stat']).toMatchObject({ lnk_target: value }),
    },
  ],
};
