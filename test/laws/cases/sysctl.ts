import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';

// Only the file: the kernel is this machine's. The running one is tried in a network of its own, in test/modules.
function edit(
  title: string,
  before: string | null,
  args: Readonly<Record<string, unknown>>,
  after: string | null,
): LawCase {
  return {
    title,
    changes: before !== after,
    prepare: (root) => {
      if (before !== null) writeFileSync(join(root, 'x.conf'), before, { mode: 0o640 });
    },
    args: (root) => ({ sysctl_file: `${root}/x.conf`, reload: false, ...args }),
    after: (root) => {
      if (after !== null) expect(readFileSync(join(root, 'x.conf'), 'utf8')).toBe(after);
    },
  };
}

export const sysctl: ModuleCases = {
  cases: [
    edit('a new file', null, { name: 'vm.swappiness', value: 10 }, 'vm.swappiness = 10\n'),
    edit(
      'as it is',
      '# c\nvm.swappiness=10\n',
      { name: 'vm.swappiness', value: '10' },
      '# c\nvm.swappiness=10\n',
    ),
    edit(
      'another value, the rest as it was',
      '# c\r\n -vm/swappiness =\t60  \n; d\nx = y',
      { key: 'vm.swappiness', val: 10 },
      '# c\r\n -vm/swappiness =\t10  \n; d\nx = y',
    ),
    edit('one more line', 'x = y', { name: 'kernel.sysrq', value: true }, 'x = y\nkernel.sysrq = 1\n'),
    edit(
      'words parted otherwise are the same',
      'net.ipv4.tcp_rmem = 1\t2   3\n',
      { name: 'net.ipv4.tcp_rmem', value: '1 2 3' },
      'net.ipv4.tcp_rmem = 1\t2   3\n',
    ),
    edit('no line of it', 'a.b=1\nc=1\na/b = 2\n', { name: 'a.b', state: 'absent' }, 'c=1\n'),
    edit('none where there is no file', null, { name: 'a.b', state: 'absent' }, null),
    {
      title: 'the kernel is so already',
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x.conf'), 'kernel.ostype = Linux\n'),
      args: (root) => ({ name: 'kernel.ostype', value: 'Linux', sysctl_file: `${root}/x.conf` }),
    },
    {
      title: 'a file that counts at boot',
      changes: true,
      inside: {
        'etc/sysctl.conf': 'vm.swappiness = 10\n',
        'usr/lib/sysctl.d/10-x.conf': 'vm.swappiness = 60\n',
        'etc/sysctl.d/README': '',
      },
      args: () => ({ name: 'vm.swappiness', value: 10, reload: false }),
      after: (root) =>
        expect(readFileSync(join(root, 'etc/sysctl.d/99-fettle.conf'), 'utf8')).toBe('vm.swappiness = 10\n'),
    },
  ],
  hostile: [
    {
      argument: 'value',
      takes: 'line',
      nul: 'refused',
      args: (folder, value) => ({
        name: 'a.b',
        value: `x${value}x`,
        reload: false,
        sysctl_file: `${folder}/x`,
      }),
      after: (folder, value) => expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`a.b = x${value}x\n`),
    },
    {
      argument: 'sysctl_file',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ name: 'a.b', value: 1, reload: false, sysctl_file: `${folder}/${value}` }),
      after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toBe('a.b = 1\n'),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `# ${value}\nfettle.own = 1\n`),
      args: (folder) => ({ name: 'fettle.own', value: 2, reload: false, sysctl_file: `${folder}/x` }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`# ${value}\nfettle.own = 2\n`),
    },
  ],
  refuses: [
    { argument: 'name', takes: 'text', args: (_folder, value) => ({ name: `../..${value}`, value: 1 }) },
  ],
};
