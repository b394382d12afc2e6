import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';
import { debian } from '../packages.ts';

const has = (root: string, name: string) => existsSync(join(root, 'var/lib/dpkg/fake', name));

export const apt: ModuleCases = {
  cases: [
    {
      title: 'a package with what it needs',
      changes: true,
      inside: debian(['other']),
      args: () => ({ name: 'tool', install_recommends: false }),
      after: (root) =>
        expect(['tool', 'lib', 'other'].map((name) => has(root, name))).toEqual([true, true, true]),
    },
    {
      title: 'a package that is there',
      changes: false,
      inside: debian(['lib']),
      args: () => ({ name: ['lib'], state: 'installed', update_cache: false }),
    },
    {
      title: 'a newer version within limits, held from then on',
      changes: true,
      inside: debian(['lib=0.5', 'other']),
      args: () => ({ name: 'lib>=0.6,<2', hold: true, protect: ['other'] }),
      after: (root) => {
        expect(readFileSync(join(root, 'var/lib/dpkg/fake/lib'), 'utf8')).toBe('1.0\n');
        expect(existsSync(join(root, 'var/lib/dpkg/held/lib'))).toBe(true);
      },
    },
    {
      title: 'the newest, whose hold is lifted and set again',
      changes: true,
      inside: { ...debian(['lib=0.5']), 'var/lib/dpkg/held/lib': '' },
      args: () => ({ name: 'lib', state: 'latest', holds: 'lift' }),
      after: (root) => {
        expect(readFileSync(join(root, 'var/lib/dpkg/fake/lib'), 'utf8')).toBe('1.0\n');
        expect(existsSync(join(root, 'var/lib/dpkg/held/lib'))).toBe(true);
      },
    },
    {
      title: 'no package',
      changes: true,
      inside: debian(['lib', 'other']),
      args: () => ({ name: ['other', 'tool'], state: 'absent', autoremove: true }),
      after: (root) => expect(['lib', 'other'].map((name) => has(root, name))).toEqual([true, false]),
    },
  ],
  hostile: [],
  refuses: [
    {
      argument: 'name',
      takes: 'line',
      args: (_folder, value) => ({ name: value }),
    },
  ],
};
