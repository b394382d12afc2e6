import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { selinuxHost } from '../imitated_selinux.ts';
import type { ModuleCases } from '../law_case.ts';

const now = (root: string) => readFileSync(join(root, 'sys/fs/selinux/booleans/fettle_web'), 'utf8');
const local = 'var/lib/selinux/targeted/active/booleans.local';

export const seboolean: ModuleCases = {
  cases: [
    {
      title: 'until the next start',
      changes: true,
      inside: selinuxHost(),
      args: () => ({ name: 'fettle_web', state: true }),
      after: (root) => expect(now(root)).toBe('1 1\n'),
    },
    {
      title: 'for good, over a setting of the host',
      changes: true,
      inside: selinuxHost({
        [local]: 'other=1\nfettle_web=0\n',
        'sys/fs/selinux/booleans/fettle_web': '1 1\n',
      }),
      args: () => ({ name: 'fettle_web', state: true, persistent: true }),
      after: (root) => expect(readFileSync(join(root, local), 'utf8')).toBe('other=1\nfettle_web=1\n'),
    },
    {
      title: 'so it is by the policy itself',
      changes: false,
      inside: selinuxHost(),
      args: () => ({ name: 'fettle_web', state: false, persistent: true }),
    },
  ],
  hostile: [],
  refuses: [
    { argument: 'name', takes: 'text', args: (_folder, value) => ({ name: `/${value}`, state: true }) },
  ],
};
