import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleCases } from '../law_case.ts';

export const waitFor: ModuleCases = {
  onlyLooks: true,
  cases: [
    {
      title: 'a path',
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x'), 'x'),
      args: (root) => ({ path: `${root}/x`, timeout: 5 }),
    },
    {
      title: 'no path',
      changes: false,
      args: (root) => ({ path: `${root}/x`, state: 'absent', timeout: 5 }),
    },
    {
      title: 'a line',
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x'), 'first\nready in 3 s\n'),
      args: (root) => ({ path: `${root}/x`, search_regex: '^ready in [0-9]+', from: 3, timeout: 5 }),
    },
    {
      title: 'a closed port',
      changes: false,
      args: () => ({ port: 1, state: 'stopped', timeout: 5 }),
    },
    {
      title: 'a path that does not come',
      changes: false,
      fails: 'no such luck',
      args: (root) => ({ path: `${root}/x`, timeout: 0, msg: 'no such luck' }),
    },
  ],
  hostile: [
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x'),
      args: (folder, value) => ({ path: `${folder}/${value}`, timeout: 0 }),
    },
    {
      argument: 'path of a file with a line',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x y\n'),
      args: (folder, value) => ({ path: `${folder}/${value}`, search_regex: '^x y$', timeout: 0 }),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `${value}\nready\n`),
      args: (folder) => ({ path: `${folder}/x`, search_regex: '^ready$', timeout: 0 }),
    },
    {
      argument: 'search_regex',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), value),
      args: (folder, value) => ({ path: `${folder}/x`, search_regex: value, timeout: 0 }),
    },
    {
      argument: 'msg',
      takes: 'text',
      nul: 'kept',
      fails: 'always',
      args: (folder, value) => ({ path: `${folder}/x`, timeout: 0, msg: value }),
    },
  ],
  refuses: [
    {
      argument: 'host',
      takes: 'line',
      args: (_folder, value) => ({ host: value, port: 1, timeout: 0 }),
    },
  ],
};
