import { selinuxHost } from '../imitated_selinux.ts';
import type { ModuleCases } from '../law_case.ts';

export const chcon: ModuleCases = {
  cases: [
    {
      title: 'a type for now',
      changes: true,
      inside: selinuxHost({ "srv/a b'$(touch canary)": 'x' }),
      args: () => ({ path: "/srv/a b'$(touch canary)", setype: 'bin_t' }),
    },
    {
      title: 'a directory and all below it',
      changes: true,
      inside: selinuxHost({ 'srv/x/y': '', 'srv/x/-R': '', 'srv/x/\n': '', 'srv/x/deep/z': '' }),
      args: () => ({ path: '/srv/x/', setype: 'bin_t', selevel: 's0:c3', recurse: true }),
    },
    {
      title: 'it has that type',
      changes: false,
      inside: selinuxHost({ 'etc/x': '' }),
      args: () => ({ path: '/etc/x', setype: 'etc_t' }),
    },
  ],
  // Hosts without SELinux refuse it; that a path with an odd name stays data is in the cases above.
  hostile: [
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      fails: 'always',
      args: (folder, value) => ({ path: `${folder}/${value}`, setype: 'bin_t' }),
    },
  ],
  refuses: [
    { argument: 'setype', takes: 'text', args: (folder, value) => ({ path: folder, setype: ` ${value}` }) },
  ],
};
