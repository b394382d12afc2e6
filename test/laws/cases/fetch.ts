import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

export const fetch: ModuleCases = {
  cases: [
    {
      title: 'a file that is on the controller already',
      changes: false,
      prepare: (root) => {
        mkdirSync(join(root, 'kept'));
        writeFileSync(join(root, 'x'), 'x');
        writeFileSync(join(root, 'kept/x'), 'x');
      },
      args: (root) => ({ src: `${root}/x`, dest: `${root}/kept/`, flat: true }),
    },
    {
      title: 'no file, and none is needed',
      changes: false,
      args: (root) => ({ src: `${root}/x`, dest: `${root}/kept`, fail_on_missing: false }),
    },
    {
      title: 'no file',
      changes: false,
      fails: 'on the host',
      args: (root) => ({ src: `${root}/x`, dest: `${root}/kept` }),
    },
  ],
  hostile: [
    {
      argument: 'src',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), value),
      args: (folder, value) => ({ src: `${folder}/${value}`, dest: `${folder}/kept`, flat: true }),
      after: (folder, value) => expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe(value),
    },
    {
      argument: 'dest',
      takes: 'name',
      nul: 'refused',
      prepare: (folder) => writeFileSync(join(folder, 'a file'), 'x'),
      args: (folder, value) => ({ src: `${folder}/a file`, dest: `${folder}/${value}`, flat: true }),
      after: (folder, value) => expect(existsSync(join(folder, value))).toBe(true),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      large: true,
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), value),
      args: (folder) => ({ src: `${folder}/x`, dest: `${folder}/kept`, flat: true }),
      after: (folder, value) => expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe(value),
    },
  ],
};
