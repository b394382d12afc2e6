import { hostname as nameHere } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

// Each session of a case has a new host name, which begins as this machine's.
const name = nameHere();

export const hostname: ModuleCases = {
  cases: [
    {
      title: 'another name in the file',
      changes: true,
      inside: { 'etc/hostname': '# by hand\nold\n' },
      args: () => ({ name }),
      after: (root) => expect(readFileSync(join(root, 'etc/hostname'), 'utf8')).toBe(`${name}\n`),
    },
    {
      title: 'no file yet',
      changes: true,
      inside: {},
      args: () => ({ name, use: 'alpine' }),
    },
    {
      title: 'the name that it has',
      changes: false,
      inside: { 'etc/hostname': `# by hand\n${name}` },
      args: () => ({ name }),
    },
  ],
  hostile: [],
  refuses: [{ argument: 'name', takes: 'text', args: (_folder, value) => ({ name: value }) }],
};
