import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

export const tempfile: ModuleCases = {
  cases: [
    { title: 'a file', changes: true, args: (root) => ({ path: root }) },
    {
      title: 'a directory',
      changes: true,
      args: (root) => ({ path: `${root}/`, state: 'directory', prefix: 'a b', suffix: '.d' }),
    },
  ],
  hostile: [
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => mkdirSync(join(folder, value)),
      args: (folder, value) => ({ path: `${folder}/${value}` }),
      after: (folder, value, { register }) => {
        const path = String(register['path']);
        expect(path.startsWith(`${folder}/${value}/fettle.`)).toBe(true);
        expect(existsSync(path)).toBe(true);
      },
    },
    {
      argument: 'suffix',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ path: folder, state: 'directory', prefix: '-', suffix: value }),
      after: (folder, value, { register }) => {
        const path = String(register['path']);
        expect(path.startsWith(`${folder}/-`) && path.endsWith(value)).toBe(true);
        expect(existsSync(path)).toBe(true);
      },
    },
  ],
};
