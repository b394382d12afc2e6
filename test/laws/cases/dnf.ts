import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';
import { redhat } from '../packages.ts';

const has = (root: string, name: string) => existsSync(join(root, 'var/lib/fake', name));

export const dnf: ModuleCases = {
  cases: [
    {
      title: 'a package with what it needs',
      changes: true,
      inside: redhat(['other']),
      args: () => ({ name: 'tool', install_weak_deps: false }),
      after: (root) =>
        expect(['tool', 'lib', 'other'].map((name) => has(root, name))).toEqual([true, true, true]),
    },
    {
      title: 'a package that is there',
      changes: false,
      inside: redhat(['lib']),
      args: () => ({ name: ['lib'], state: 'installed', update_cache: false }),
    },
    {
      title: 'a package that is there, held from now on',
      changes: true,
      inside: {
        ...redhat(['lib']),
        'etc/dnf/plugins/versionlock.conf': '[main]\nenabled = 1\n',
        'etc/dnf/plugins/versionlock.list': '# mine\nother-0:3-1.*\n',
      },
      args: () => ({ name: 'lib', hold: true }),
      after: (root) =>
        expect(readFileSync(join(root, 'etc/dnf/plugins/versionlock.list'), 'utf8')).toBe(
          '# mine\nother-0:3-1.*\nlib-0:1.0-1.*\n',
        ),
    },
    {
      title: 'a package that is no longer held',
      changes: true,
      inside: {
        ...redhat(['lib']),
        'etc/dnf/plugins/versionlock.conf': '[main]\nenabled = 1\n',
        'etc/dnf/plugins/versionlock.list': 'lib-0:1.0-1.*\nother-0:3-1.*\n',
      },
      args: () => ({ name: 'lib', hold: false }),
      after: (root) =>
        expect(readFileSync(join(root, 'etc/dnf/plugins/versionlock.list'), 'utf8')).toBe('other-0:3-1.*\n'),
    },
    {
      title: 'no package',
      changes: true,
      inside: redhat(['lib', 'other']),
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
