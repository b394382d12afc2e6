import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

const holds =
  (text: string) =>
  (root: string): void =>
    writeFileSync(join(root, 'it.sh'), text);

export const script: ModuleCases = {
  cases: [
    {
      title: 'a script with arguments',
      changes: true,
      impossible: true,
      prepare: holds('#!/bin/sh\nfor one do : >"$one"; done\n'),
      args: (root) => ({ cmd: `${root}/it.sh ${root}/x "${root}/a b"` }),
    },
    {
      title: 'a script that can be taken back',
      changes: true,
      prepare: holds('echo "$1" >made\n'),
      args: (root) => ({ cmd: `${root}/it.sh one`, chdir: root, undo: 'rm made', again: 'safe' }),
    },
    {
      title: 'what it would make is there',
      changes: false,
      prepare: holds(': >made\n'),
      args: (root) => ({ cmd: `${root}/it.sh`, chdir: root, creates: 'it.*' }),
    },
    {
      title: 'what it would remove is not there',
      changes: false,
      prepare: holds(': >made\n'),
      args: (root) => ({ cmd: `${root}/it.sh`, chdir: root, removes: 'none' }),
    },
    {
      title: 'one that only looks',
      changes: false,
      prepare: holds('#!/bin/sh -e\nls\n'),
      args: (root) => ({ cmd: `${root}/it.sh`, chdir: root, reads: true }),
    },
    {
      title: 'one for another program',
      changes: false,
      prepare: holds('itself\n'),
      args: (root) => ({ cmd: `${root}/it.sh`, executable: '/bin/cat', reads: true }),
    },
  ],
  hostile: [
    {
      argument: 'an argument in double quotes',
      takes: 'text',
      nul: 'refused',
      fails: 'perhaps',
      prepare: holds('printf "<%s>" "$@"\n'),
      args: (folder, value) => ({ cmd: `${folder}/it.sh "${value}"`, reads: true }),
    },
    {
      argument: 'the name of the script',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'echo ran\n'),
      args: (folder, value) => ({ cmd: `${folder}/${value}`, reads: true }),
      fails: 'perhaps',
    },
    {
      argument: 'stdin',
      takes: 'text',
      nul: 'kept',
      large: true,
      prepare: holds('cat >"$1"\n'),
      args: (folder, value) => ({
        cmd: `${folder}/it.sh ${folder}/x`,
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
      prepare: (folder, value) => {
        mkdirSync(join(folder, value));
        writeFileSync(join(folder, 'it.sh'), 'pwd -P >../x; echo . >>../x\n');
      },
      args: (folder, value) => ({ cmd: `${folder}/it.sh`, chdir: `${folder}/${value}`, undo: 'rm ../x' }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`${realpathSync(folder)}/${value}\n.\n`),
    },
    {
      argument: 'what the first line of the script says',
      takes: 'line',
      nul: 'kept',
      fails: 'perhaps',
      prepare: (folder, value) => writeFileSync(join(folder, 'it.sh'), `#!/no/such/ ${value}\n`),
      args: (folder) => ({ cmd: `${folder}/it.sh` }),
    },
  ],
};
