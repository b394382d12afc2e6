import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

export const command: ModuleCases = {
  cases: [
    {
      title: 'a program',
      changes: true,
      impossible: true,
      args: (root) => ({ cmd: `touch ${root}/x "${root}/a b"` }),
    },
    {
      title: 'a program that can be taken back',
      changes: true,
      args: (root) => ({ argv: ['mkdir', `${root}/a b`], undo: `rmdir '${root}/a b'`, again: 'safe' }),
    },
    {
      title: 'what it would make is there',
      changes: false,
      prepare: (root) => mkdirSync(join(root, 'x')),
      args: (root) => ({ cmd: `touch ${root}/y`, creates: `${root}/x` }),
    },
    {
      title: 'what it would make is there, by a pattern',
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x 1'), ''),
      args: (root) => ({ cmd: 'touch y', chdir: root, creates: 'x ?' }),
    },
    {
      title: 'what it would remove is not there',
      changes: false,
      args: (root) => ({ cmd: `touch ${root}/y`, removes: `${root}/x` }),
    },
    {
      title: 'a guard of its own that holds',
      changes: false,
      args: (root) => ({ cmd: `touch ${root}/y`, unless: 'test -d .', chdir: root }),
    },
    {
      title: 'a guard of its own that does not hold',
      changes: true,
      args: (root) => ({ cmd: 'touch y', chdir: root, onlyif: 'test ! -e y', undo: 'rm y' }),
    },
    {
      title: 'one that only looks',
      changes: false,
      args: (root) => ({ argv: ['ls', '-la', root], reads: true }),
    },
  ],
  hostile: [
    {
      argument: 'a word of argv',
      takes: 'text',
      nul: 'refused',
      args: (_folder, value) => ({ argv: ['printf', '%s.', value] }),
      after: (_folder, value, { register }) => expect(register['stdout']).toBe(`${value}.`),
    },
    {
      argument: 'stdin',
      takes: 'text',
      nul: 'kept',
      large: true,
      args: (folder, value) => ({
        argv: ['tee', `${folder}/x`],
        stdin: value,
        stdin_add_newline: false,
        reads: true,
      }),
      after: (folder, value) => expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(value),
    },
    {
      argument: 'chdir',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => mkdirSync(join(folder, value)),
      args: (folder, value) => ({
        argv: ['sh', '-c', 'pwd -P >../x; echo . >>../x'],
        chdir: `${folder}/${value}`,
        undo: 'rm ../x',
      }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`${realpathSync(folder)}/${value}\n.\n`),
    },
    {
      argument: 'creates',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ cmd: 'true', creates: `${folder}/${value}` }),
    },
    {
      argument: 'removes, in a folder',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ cmd: 'true', chdir: folder, removes: `./${value}` }),
    },
    {
      argument: 'environment',
      takes: 'text',
      nul: 'refused',
      args: () => ({ argv: ['sh', '-c', 'printf %s. "$VALUE"'] }),
      around: (value) => ({ environment: { VALUE: value } }),
      after: (_folder, value, { register }) => expect(register['stdout']).toBe(`${value}.`),
    },
  ],
};
