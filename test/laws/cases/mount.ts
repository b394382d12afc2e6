import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';

// Only fstab: what is mounted is this machine's. Real mounts are tried in a mount table of their own, in test/modules.
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
      if (before !== null) writeFileSync(join(root, 'fstab'), before);
    },
    args: (root) => ({ path: '/none/x', fstab: `${root}/fstab`, state: 'present', ...args }),
    after: (root) => {
      if (after !== null) expect(readFileSync(join(root, 'fstab'), 'utf8')).toBe(after);
    },
  };
}

const data = { src: 'UUID=1-2', fstype: 'ext4', opts: 'noatime,nofail', passno: 2 };

export const mount: ModuleCases = {
  cases: [
    edit('a new file', null, data, 'UUID=1-2 /none/x ext4 noatime,nofail 0 2\n'),
    edit(
      'one more line, the rest byte for byte',
      '# c\r\n\tproc  /proc\tproc defaults 0 0 # d\n\n/dev/x /y',
      data,
      '# c\r\n\tproc  /proc\tproc defaults 0 0 # d\n\n/dev/x /y\nUUID=1-2 /none/x ext4 noatime,nofail 0 2\n',
    ),
    edit(
      'the fields that differ',
      '/dev/sda1\t/none/x   ext4\tdefaults 0\t1 # c\n',
      data,
      'UUID=1-2\t/none/x   ext4\tnoatime,nofail 0\t2 # c\n',
    ),
    edit(
      'options in another order are the same',
      'UUID=1-2 /none/x/ ext4 defaults,nofail,rw,noatime 0 2\n',
      data,
      'UUID=1-2 /none/x/ ext4 defaults,nofail,rw,noatime 0 2\n',
    ),
    edit(
      'a blank in a name, and not at boot',
      '',
      { path: '/none/a b', src: 'LABEL=c#\\', fstype: 'xfs', boot: false, backup: true },
      'LABEL=c#\\134 /none/a\\040b xfs defaults,noauto 0 0\n',
    ),
    edit('no line of it', 'a /b c\nx /none/x ext4\n# e\n', { state: 'absent' }, 'a /b c\n# e\n'),
    edit('nothing is mounted there', null, { state: 'unmounted' }, null),
    edit(
      'swap',
      '/dev/a none swap sw 0 0\n',
      { path: 'none', src: '/dev/b', fstype: 'swap', opts: 'sw' },
      '/dev/a none swap sw 0 0\n/dev/b none swap sw 0 0\n',
    ),
  ],
  hostile: [
    {
      argument: 'src',
      takes: 'line',
      nul: 'refused',
      args: (folder, value) => ({
        path: '/none/x',
        src: `x${value}`,
        fstype: 'ext4',
        state: 'present',
        fstab: `${folder}/fstab`,
      }),
      after: (folder, value) => {
        const [source = ''] = readFileSync(join(folder, 'fstab'), 'utf8').split(' ');
        expect(decoded(source)).toBe(`x${value}`);
      },
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({
        path: `/none/x${value}`,
        src: 'x',
        fstype: 'ext4',
        state: 'present',
        fstab: `${folder}/fstab`,
      }),
      after: (folder, value) => {
        const [, path = ''] = readFileSync(join(folder, 'fstab'), 'utf8').split(' ');
        expect(decoded(path)).toBe(`/none/x${value}`);
      },
    },
    {
      argument: 'opts',
      takes: 'line',
      nul: 'refused',
      args: (folder, value) => ({
        path: '/none/x',
        src: 'x',
        fstype: 'ext4',
        opts: `x${value}`,
        state: 'present',
        fstab: `${folder}/fstab`,
      }),
      after: (folder, value) => {
        const [, , , options = ''] = readFileSync(join(folder, 'fstab'), 'utf8').split(' ');
        expect(decoded(options)).toBe(`x${value}`);
      },
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'fstab'), `# ${value}\n`),
      args: (folder) => ({
        path: '/none/x',
        src: 'x',
        fstype: 'ext4',
        state: 'present',
        fstab: `${folder}/fstab`,
      }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'fstab'), 'utf8')).toBe(`# ${value}\nx /none/x ext4 defaults 0 0\n`),
    },
  ],
  refuses: [
    {
      argument: 'path',
      takes: 'text',
      args: (_folder, value) => ({ path: `x${value}`, state: 'unmounted' }),
    },
  ],
};

function decoded(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
