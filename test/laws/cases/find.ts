import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

const tree = (root: string): void => {
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, 'a/x.log'), 'one\ntwo\n');
  writeFileSync(join(root, 'a/b/y.log'), 'x'.repeat(5000));
  symlinkSync('b', join(root, 'a/link'));
};

export const find: ModuleCases = {
  onlyLooks: true,
  cases: [
    { title: 'files', changes: false, prepare: tree, args: (root) => ({ paths: root }) },
    {
      title: 'everything, with links followed',
      changes: false,
      prepare: tree,
      args: (root) => ({ paths: [root, '/no/such'], file_type: 'any', recurse: true, follow: true }),
    },
    {
      title: 'by name, age, size and content',
      changes: false,
      prepare: tree,
      args: (root) => ({
        paths: [root],
        recurse: true,
        patterns: ['*.log'],
        excludes: 'z*',
        age: '-1d',
        size: '-1k',
        contains: 'two$',
      }),
    },
  ],
  hostile: [
    {
      argument: 'paths',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => {
        mkdirSync(join(folder, value));
        writeFileSync(join(folder, value, 'x'), 'x');
      },
      args: (folder, value) => ({ paths: [`${folder}/${value}`], contains: 'x' }),
      after: (folder, value, { register }) =>
        expect(register).toMatchObject({ matched: 1, files: [{ path: `${folder}/${value}/x`, size: 1 }] }),
    },
    {
      argument: 'the name of what is found',
      takes: 'name',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x'),
      args: (folder) => ({ paths: folder, hidden: true, contains: 'x' }),
      after: (folder, value, { register }) =>
        expect(register).toMatchObject({ matched: 1, files: [{ path: `${folder}/${value}` }] }),
    },
    {
      argument: 'patterns',
      takes: 'name',
      fails: 'perhaps',
      prepare: (folder) => writeFileSync(join(folder, 'x'), 'x'),
      args: (folder, value) => ({ paths: folder, patterns: [value], excludes: [value], contains: 'x' }),
      after: (_folder, _value, { register }) => expect(register['matched'] ?? 0).toBe(0),
    },
    {
      argument: 'contains',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), value),
      args: (folder, value) => ({ paths: folder, contains: value }),
    },
  ],
  refuses: [
    { argument: 'age', takes: 'line', args: (folder, value) => ({ paths: folder, age: value }) },
    { argument: 'size', takes: 'line', args: (folder, value) => ({ paths: folder, size: value }) },
  ],
};
