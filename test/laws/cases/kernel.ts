import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { blsHost, debianHost, kernelRpms, makeMenu } from '../imitated_grub.ts';
import type { ModuleCases } from '../law_case.ts';

const old = '5.14.0-427.el9.x86_64';
const fresh = '5.14.0-503.el9.x86_64';
const both = [old, fresh];

function holds(file: string, text: string): (root: string) => void {
  return (root) => expect(readFileSync(join(root, file), 'utf8')).toContain(text);
}

export const kernel: ModuleCases = {
  cases: [
    {
      title: 'BLS: another default, by grubby',
      changes: true,
      inside: blsHost(both, { saved_entry: `0123-${fresh}`, boot_success: '0' }),
      args: () => ({ version: old }),
      after: holds('boot/grub2/grubenv', `\nsaved_entry=0123-${old}\nboot_success=0\n#`),
    },
    {
      title: 'BLS: the default where nothing is saved is the newest',
      changes: false,
      inside: blsHost(both, {}),
      args: () => ({ version: '5.14.0-503.el9' }),
    },
    {
      title: 'BLS: once',
      changes: true,
      inside: blsHost(both, { saved_entry: `0123-${old}` }),
      args: () => ({ version: fresh, once: true }),
      after: holds('boot/grub2/grubenv', `\nsaved_entry=0123-${old}\nnext_entry=0123-${fresh}\n#`),
    },
    {
      title: 'BLS: once, and it is the next already',
      changes: false,
      inside: blsHost(both, { saved_entry: `0123-${old}`, next_entry: `0123-${fresh}` }),
      args: () => ({ version: fresh, once: true, min_boot_space: 999_999_999 }),
    },
    {
      title: 'Debian: another default, where it was the newest whatever came',
      changes: true,
      inside: debianHost(['6.1.0-17-amd64', '6.1.0-18-amd64'], null, 'GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\n'),
      prepare: makeMenu,
      args: () => ({ version: '6.1.0-17' }),
      after: (root) => {
        holds('etc/default/grub', 'GRUB_DEFAULT=saved\nGRUB_TIMEOUT=5\n')(root);
        holds('boot/grub/grub.cfg', 'set default="${saved_entry}"')(root);
        holds(
          'boot/grub/grubenv',
          '\nsaved_entry=gnulinux-advanced-1>gnulinux-6.1.0-17-amd64-advanced-1\n#',
        )(root);
      },
    },
    {
      title: 'Debian: once',
      changes: true,
      inside: debianHost(
        ['6.1.0-17-amd64', '6.1.0-18-amd64'],
        { saved_entry: '1>2' },
        'GRUB_DEFAULT=saved\n',
      ),
      prepare: makeMenu,
      args: () => ({ version: '6.1.0-18-amd64', once: true }),
      after: holds(
        'boot/grub/grubenv',
        'next_entry=gnulinux-advanced-1>gnulinux-6.1.0-18-amd64-advanced-1\n#',
      ),
    },
    {
      title: 'all but the newest, the default and the one that is next',
      changes: true,
      impossible: true,
      inside: {
        ...blsHost(['5.14.0-1.el9', '5.14.0-2.el9', '5.14.0-3.el9', '5.14.0-10.el9'], {
          saved_entry: '0123-5.14.0-3.el9',
          next_entry: '0123-5.14.0-1.el9',
        }),
        ...kernelRpms(['5.14.0-1.el9', '5.14.0-2.el9', '5.14.0-3.el9', '5.14.0-10.el9']),
      },
      args: () => ({ state: 'absent', keep: 1 }),
      after: (root) =>
        expect(readdirSync(join(root, 'boot')).filter((name) => name.startsWith('vmlinuz'))).toEqual(
          ['1', '10', '3'].map((n) => `vmlinuz-5.14.0-${n}.el9`),
        ),
    },
    { title: 'it only tells', changes: false, args: () => ({}) },
  ],
  hostile: [],
  refuses: [{ argument: 'version', takes: 'line', args: (_folder, value) => ({ version: `x${value}` }) }],
};
