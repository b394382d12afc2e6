import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

export const shell: ModuleCases = {
  cases: [
    // The first, since check mode waits with what fails behind a step that it did not make.
    {
      title: 'one that does not close its quotes',
      changes: false,
      fails: 'status',
      args: () => ({ cmd: 'echo "', reads: true }),
    },
    {
      title: 'a script',
      changes: true,
      impossible: true,
      args: (root) => ({ cmd: `cd ${root} && for n in 1 2; do echo $n >$n; done` }),
    },
    {
      title: 'a script that can be taken back',
      changes: true,
      args: (root) => ({ cmd: 'echo "$PWD" >x', chdir: root, undo: 'rm x' }),
    },
    {
      title: 'what it would make is there',
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x'), ''),
      args: (root) => ({ cmd: `: >${root}/y`, creates: `${root}/x` }),
    },
    {
      title: 'a guard of its own that holds',
      changes: false,
      args: (root) => ({ cmd: ': >y', unless: 'true; exit 0', chdir: root }),
    },
    {
      title: 'one that only looks',
      changes: false,
      args: (root) => ({ cmd: `ls -la ${root} | wc -l`, reads: true }),
    },
  ],
  hostile: [
    {
      argument: 'stdin',
      takes: 'text',
      nul: 'kept',
      large: true,
      args: (folder, value) => ({
        cmd: 'cat >x; printf .',
        chdir: folder,
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
      args: (folder, value) => ({ cmd: 'pwd; echo .', chdir: `${folder}/${value}` }),
      after: (folder, value, { register }) => expect(register['stdout']).toBe(`${folder}/${value}\n.`),
    },
    {
      argument: 'environment',
      takes: 'text',
      nul: 'refused',
      args: () => ({ cmd: 'printf %s. "$VALUE"' }),
      around: (value) => ({ environment: { VALUE: value } }),
      after: (_folder, value, { register }) => expect(register['stdout']).toBe(`${value}.`),
    },
  ],
};
