import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { selinuxHost } from '../imitated_selinux.ts';
import type { ModuleCases } from '../law_case.ts';

const modules = 'var/lib/selinux/targeted/active/modules';
const old = {
  [`${modules}/400/web/hll`]: '(type old_t)\n',
  [`${modules}/400/web/lang_ext`]: 'cil',
  [`${modules}/400/other/lang_ext`]: 'cil',
  'srv/web.cil': '(type web_t)\n',
};

export const semodule: ModuleCases = {
  cases: [
    {
      title: 'a module of the host',
      changes: true,
      inside: selinuxHost({ 'srv/web.cil': '(type web_t)\n', [`${modules}/300/x/lang_ext`]: 'cil' }),
      args: () => ({ path: '/srv/web.cil', priority: 300 }),
      after: (root) =>
        expect(readFileSync(join(root, modules, '300/web/hll'), 'utf8')).toBe('(type web_t)\n'),
    },
    {
      title: 'another content',
      changes: true,
      inside: selinuxHost(old),
      args: () => ({ path: '/srv/web.cil' }),
      after: (root) =>
        expect(readFileSync(join(root, modules, '400/web/hll'), 'utf8')).toBe('(type web_t)\n'),
    },
    {
      title: 'none any more',
      changes: true,
      inside: selinuxHost(old),
      args: () => ({ name: 'web', state: 'absent' }),
    },
    {
      title: 'as it is',
      changes: false,
      inside: selinuxHost({ ...old, 'srv/web.cil': '(type old_t)\n' }),
      args: () => ({ path: '/srv/web.cil' }),
    },
  ],
  // Hosts without SELinux refuse it.
  hostile: [
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      fails: 'always',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x'),
      args: (folder, value) => ({ path: `${folder}/${value}` }),
    },
  ],
  refuses: [
    { argument: 'name', takes: 'text', args: (_folder, value) => ({ name: `/${value}`, state: 'absent' }) },
  ],
};
