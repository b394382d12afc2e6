import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { selinuxHost } from '../imitated_selinux.ts';
import type { ModuleCases } from '../law_case.ts';

const module = 'var/lib/selinux/targeted/active/modules/400/permissive_x_t';
const others = { 'var/lib/selinux/targeted/active/modules/400/other/lang_ext': 'cil' };

export const sepermissive: ModuleCases = {
  cases: [
    {
      title: 'permissive',
      changes: true,
      inside: selinuxHost(others),
      args: () => ({ domain: 'x_t' }),
      after: (root) => expect(existsSync(join(root, module))).toBe(true),
    },
    {
      title: 'enforcing again',
      changes: true,
      inside: selinuxHost({ ...others, [`${module}/lang_ext`]: 'cil\n' }),
      args: () => ({ domain: 'x_t', state: 'absent' }),
      after: (root) => expect(existsSync(join(root, module))).toBe(false),
    },
    {
      title: 'it is not',
      changes: false,
      inside: selinuxHost(),
      args: () => ({ domain: 'x_t', state: 'absent' }),
    },
  ],
  hostile: [],
  refuses: [{ argument: 'domain', takes: 'text', args: (_folder, value) => ({ domain: `/${value}` }) }],
};
