import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';
import { bringPrograms, hasPrograms } from '../programs.ts';
import { sudoRoot } from '../sudo_root.ts';

const visudo = ['/usr/sbin/visudo'];

function sudoCase(one: Omit<LawCase, 'inside'> & { readonly files?: LawCase['inside'] }): LawCase {
  const { files, ...rest } = one;
  return { ...rest, inside: { ...sudoRoot, ...files }, prepare: (root) => bringPrograms(root, visudo) };
}

const withSudo = [
  sudoCase({
    title: 'a new rule',
    changes: true,
    args: () => ({ name: 'deploy', user: 'alice', commands: ['/bin/a', '/bin/b x'], runas: 'root' }),
    after: (root) => {
      const file = join(root, 'etc/sudoers.d/deploy');
      expect(readFileSync(file, 'utf8')).toBe('alice ALL=(root)NOPASSWD: /bin/a, /bin/b x\n');
      expect(statSync(file).mode & 0o7777).toBe(0o440);
    },
  }),
  sudoCase({
    title: 'other text and mode',
    changes: true,
    files: { 'etc/sudoers.d/deploy': 'alice ALL=ALL\n' },
    args: () => ({ name: 'deploy', content: 'Defaults:alice !requiretty' }),
  }),
  sudoCase({
    title: 'a file that goes',
    changes: true,
    files: { 'etc/sudoers.d/deploy': 'alice ALL=ALL\n' },
    args: () => ({ name: 'deploy', state: 'absent' }),
  }),
];

export const sudoers: ModuleCases = {
  cases: [
    ...(hasPrograms(visudo) ? withSudo : []),
    {
      title: 'a file that is not there',
      changes: false,
      inside: sudoRoot,
      args: () => ({ name: 'deploy', state: 'absent' }),
    },
  ],
  hostile: [],
  refuses: [
    {
      argument: 'name',
      takes: 'text',
      args: (_folder, value) => ({ name: value, user: 'alice', commands: 'ALL' }),
    },
    {
      argument: 'user',
      takes: 'text',
      args: (_folder, value) => ({ name: 'fettle-law', user: value, commands: 'ALL' }),
    },
    {
      argument: 'host',
      takes: 'text',
      args: (_folder, value) => ({ name: 'fettle-law', user: 'alice', commands: 'ALL', host: value }),
    },
    {
      argument: 'runas',
      takes: 'text',
      args: (_folder, value) => ({ name: 'fettle-law', user: 'alice', commands: 'ALL', runas: value }),
    },
  ],
};
