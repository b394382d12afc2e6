import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';
import { debian, redhat } from '../packages.ts';

export const packageModule: ModuleCases = {
  cases: [
    {
      title: 'apt: a package with what it needs',
      changes: true,
      inside: debian(['other']),
      args: () => ({ name: 'tool' }),
      after: (root) => expect(existsSync(join(root, 'var/lib/dpkg/fake/tool'))).toBe(true),
    },
    {
      title: 'dnf: no package',
      changes: true,
      inside: redhat(['tool', 'lib']),
      args: () => ({ name: 'tool', state: 'removed' }),
      after: (root) => expect(existsSync(join(root, 'var/lib/fake/tool'))).toBe(false),
    },
    {
      title: 'both are there: apt looks after a Debian',
      changes: false,
      inside: { ...redhat([]), ...debian(['lib']) },
      args: () => ({ name: 'lib' }),
    },
    {
      title: 'both are there: dnf, since it is asked',
      changes: false,
      inside: { ...debian([]), ...redhat(['lib']) },
      args: () => ({ name: 'lib', use: 'yum' }),
    },
  ],
  hostile: [],
  refuses: [
    {
      argument: 'name',
      takes: 'line',
      args: (_folder, value) => ({ name: [value], state: 'absent' }),
    },
  ],
};
