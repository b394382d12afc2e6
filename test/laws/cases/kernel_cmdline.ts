import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { blsHost, debianHost, makeMenu } from '../imitated_grub.ts';
import type { ModuleCases } from '../law_case.ts';

const text = (root: string, path: string) => readFileSync(join(root, path), 'utf8');
const release = '5.14.0-427.el9.x86_64';

export const kernelCmdline: ModuleCases = {
  cases: [
    {
      title: 'BLS: by grubby, for kernels that are there and to come',
      changes: true,
      inside: {
        ...blsHost([release], {}, 'root=/dev/vda1 ro rhgb panic=5 quiet'),
        'etc/default/grub': 'GRUB_CMDLINE_LINUX="rhgb panic=5 quiet"\n',
        'etc/kernel/cmdline': 'root=/dev/vda1 ro rhgb panic=5 quiet\n',
      },
      args: () => ({ present: ['panic=10', 'audit=1'], absent: 'rhgb' }),
      after: (root) => {
        expect(text(root, `boot/loader/entries/0123-${release}.conf`)).toContain(
          '\noptions root=/dev/vda1 ro quiet panic=10 audit=1\n',
        );
        expect(text(root, 'etc/default/grub')).toBe('GRUB_CMDLINE_LINUX="quiet panic=10 audit=1"\n');
        expect(text(root, 'etc/kernel/cmdline')).toBe('root=/dev/vda1 ro quiet panic=10 audit=1\n');
      },
    },
    {
      title: 'BLS: as it is, in another order',
      changes: false,
      inside: {
        ...blsHost([release], {}, 'audit=1 root=/dev/vda1 ro panic=10'),
        'etc/default/grub': "GRUB_CMDLINE_LINUX='panic=10 audit=1'\n",
      },
      args: () => ({ present: ['panic=10', 'audit=1'], absent: ['rhgb', 'quiet=x'] }),
    },
    {
      title: 'Debian: in both variables, and the menu made anew',
      changes: true,
      inside: debianHost(
        ['6.1.0-18-amd64'],
        {},
        'GRUB_DEFAULT=saved\nGRUB_CMDLINE_LINUX_DEFAULT="quiet audit=1 panic=5" # ours\nGRUB_CMDLINE_LINUX=\n',
      ),
      prepare: makeMenu,
      args: () => ({ present: ['panic=10', 'audit=1'], absent: ['quiet'] }),
      after: (root) => {
        expect(text(root, 'etc/default/grub')).toBe(
          'GRUB_DEFAULT=saved\nGRUB_CMDLINE_LINUX_DEFAULT="audit=1" # ours\nGRUB_CMDLINE_LINUX="panic=10"\n',
        );
        expect(text(root, 'boot/grub/grub.cfg')).toContain(
          'linux\t/boot/vmlinuz-6.1.0-18-amd64 root=UUID=1 ro panic=10 audit=1\n',
        );
      },
    },
  ],
  hostile: [],
  refuses: [{ argument: 'present', takes: 'text', args: (_folder, value) => ({ present: `x ${value}` }) }],
};
