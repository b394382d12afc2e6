import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { modules } from '../imitated_modules.ts';
import type { ModuleCases } from '../law_case.ts';

export const modprobe: ModuleCases = {
  cases: [
    {
      title: 'loaded with parameters, now and at boot',
      changes: true,
      inside: modules(),
      args: () => ({ name: 'br-netfilter', params: "a=1 b='x y'", persistent: 'present' }),
      after: (root) => {
        const text = (path: string) => readFileSync(join(root, path), 'utf8');
        expect(text('sys/module/br_netfilter/given')).toBe('a=1 b=x y\n');
        expect(text('etc/modules-load.d/br-netfilter.conf')).toBe('br-netfilter\n');
        expect(text('etc/modprobe.d/br-netfilter.conf')).toBe("options br-netfilter a=1 b='x y'\n");
      },
    },
    {
      title: 'as it is, loaded at boot by another file',
      changes: false,
      inside: { ...modules(['dummy']), 'usr/lib/modules-load.d/x.conf': '# c\ndummy\n' },
      args: () => ({ name: 'dummy', persistent: 'present' }),
    },
    {
      title: 'not loaded, and forgotten',
      changes: true,
      inside: {
        ...modules(['dummy']),
        'etc/modules-load.d/dummy.conf': '# ours\ndummy\n',
        'etc/modprobe.d/dummy.conf': 'options dummy numdummies=2\noptions loop max_loop=8\n',
      },
      args: () => ({ name: 'dummy', state: 'absent', persistent: 'absent' }),
      after: (root) => {
        expect(existsSync(join(root, 'sys/module/dummy'))).toBe(false);
        expect(readFileSync(join(root, 'etc/modprobe.d/dummy.conf'), 'utf8')).toBe(
          'options loop max_loop=8\n',
        );
      },
    },
    {
      title: 'built in',
      changes: false,
      inside: modules(),
      args: () => ({ name: 'ext4' }),
    },
  ],
  hostile: [],
  refuses: [{ argument: 'name', takes: 'line', args: (_folder, value) => ({ name: `x/${value}` }) }],
};
