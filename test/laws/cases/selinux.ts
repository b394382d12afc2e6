import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { selinuxHost } from '../imitated_selinux.ts';
import type { ModuleCases } from '../law_case.ts';

const config = (root: string) => readFileSync(join(root, 'etc/selinux/config'), 'utf8');
const enforce = (root: string) => readFileSync(join(root, 'sys/fs/selinux/enforce'), 'utf8');

export const selinux: ModuleCases = {
  cases: [
    {
      title: 'permissive, now and from the next start on',
      changes: true,
      inside: selinuxHost(),
      args: () => ({ state: 'permissive' }),
      after: (root) => {
        expect(config(root)).toBe('# mode\nSELINUX=permissive\nSELINUXTYPE=targeted\n');
        expect(enforce(root)).toBe('0');
      },
    },
    {
      title: 'the file alone',
      changes: true,
      inside: selinuxHost({
        'etc/selinux/config': 'SELINUX=permissive # c\n SELINUX=disabled\r\nSELINUXTYPE=targeted',
      }),
      args: () => ({ state: 'enforcing' }),
      after: (root) =>
        expect(config(root)).toBe('SELINUX=enforcing\n SELINUX=disabled\r\nSELINUXTYPE=targeted'),
    },
    {
      title: 'another policy, with all files labelled',
      changes: true,
      inside: selinuxHost({ 'etc/selinux/mls/contexts': 'folder' }),
      args: () => ({ state: 'enforcing', policy: 'mls', relabel: true }),
      after: (root) => expect(config(root)).toBe('# mode\nSELINUX=enforcing\nSELINUXTYPE=mls\n'),
    },
    { title: 'as it is', changes: false, inside: selinuxHost(), args: () => ({ state: 'enforcing' }) },
  ],
  hostile: [],
  refuses: [
    {
      argument: 'policy',
      takes: 'text',
      args: (_folder, value) => ({ state: 'enforcing', policy: `../${value}` }),
    },
    { argument: 'state', takes: 'text', args: (_folder, value) => ({ state: value }) },
  ],
};
