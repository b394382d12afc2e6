import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';

function option(
  title: string,
  before: string,
  args: Readonly<Record<string, unknown>>,
  after: string,
): LawCase {
  return {
    title,
    changes: before !== after,
    // sshd reads its host keys before it says anything.
    asRoot: true,
    prepare: (root) => writeFileSync(join(root, 'sshd_config'), before, { mode: 0o600 }),
    args: (root) => ({ path: `${root}/sshd_config`, ...args }),
    after: (root) => expect(readFileSync(join(root, 'sshd_config'), 'utf8')).toBe(after),
  };
}

export const sshdConfig: ModuleCases = {
  cases: [
    option(
      'a value',
      '# x\nMaxAuthTries=6 # y\n',
      { option: 'maxauthtries', value: 3 },
      '# x\nMaxAuthTries=3 # y\n',
    ),
    option('set already', 'UsePAM  "no"\n', { option: 'UsePAM', value: 'no' }, 'UsePAM  "no"\n'),
    option(
      'in a Match block',
      'UsePAM no\n',
      { option: 'X11Forwarding', value: 'no', match: 'User deploy', backup: true },
      'UsePAM no\n\nMatch User deploy\n    X11Forwarding no\n',
    ),
    option('a list', 'Port 22\n', { option: 'Port', value: [22, 2222] }, 'Port 22\nPort 2222\n'),
    option('not set', 'UsePAM no\nUsePAM yes\n', { option: 'UsePAM', state: 'absent' }, ''),
    {
      title: 'in a new file that is included',
      changes: true,
      asRoot: true,
      prepare: (root) => {
        mkdirSync(join(root, 'sshd_config.d'));
        writeFileSync(join(root, 'sshd_config'), `Include ${root}/sshd_config.d/*.conf\n`);
      },
      args: (root) => ({ path: `${root}/sshd_config.d/10.conf`, option: 'MaxSessions', value: 3 }),
      after: (root) =>
        expect(readFileSync(join(root, 'sshd_config.d/10.conf'), 'utf8')).toBe('MaxSessions 3\n'),
    },
  ],
  hostile: [
    {
      argument: 'value',
      takes: 'line',
      fails: 'perhaps',
      prepare: (folder) => writeFileSync(join(folder, 'sshd_config'), 'UsePAM no\n'),
      args: (folder, value) => ({ path: `${folder}/sshd_config`, option: 'Banner', value }),
    },
    {
      argument: 'match',
      takes: 'line',
      fails: 'perhaps',
      prepare: (folder) => writeFileSync(join(folder, 'sshd_config'), 'UsePAM no\n'),
      args: (folder, value) => ({
        path: `${folder}/sshd_config`,
        option: 'X11Forwarding',
        value: 'no',
        match: `User ${value}`,
      }),
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      fails: 'perhaps',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'UsePAM no\n'),
      args: (folder, value) => ({
        path: `${folder}/${value}`,
        main: `${folder}/${value}`,
        option: 'AcceptEnv',
        value: 'LANG',
      }),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      fails: 'perhaps',
      prepare: (folder, value) => writeFileSync(join(folder, 'sshd_config'), `UsePAM no\nBanner ${value}\n`),
      args: (folder) => ({ path: `${folder}/sshd_config`, option: 'AcceptEnv', value: 'LANG' }),
    },
  ],
  refuses: [
    {
      argument: 'option',
      takes: 'line',
      args: (folder, value) => ({ path: `${folder}/sshd_config`, option: value, value: 'no' }),
    },
  ],
};
