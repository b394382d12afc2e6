import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { accountRoot, accountTools } from '../account_root.ts';
import type { LawCase, ModuleCases } from '../law_case.ts';
import { bringPrograms, hasPrograms } from '../programs.ts';

const groupFile = (root: string): string => readFileSync(join(root, 'etc/group'), 'utf8');

const cases: readonly LawCase[] = [
  {
    title: 'a new group',
    changes: true,
    inside: accountRoot,
    args: () => ({ name: 'new', gid: 4711 }),
    after: (root) => expect(groupFile(root)).toContain('new:x:4711:\n'),
  },
  {
    title: 'a new group of the system',
    changes: true,
    inside: accountRoot,
    args: () => ({ name: 'new', system: true }),
  },
  {
    title: "another number, also for the group's users",
    changes: true,
    inside: accountRoot,
    args: () => ({ name: 'alice', gid: 4711 }),
    after: (root) => expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toContain('alice:x:1000:4711:'),
  },
  {
    title: 'a group that goes',
    changes: true,
    inside: accountRoot,
    args: () => ({ name: 'ops', state: 'absent' }),
  },
  {
    title: 'a group as it should be',
    changes: false,
    inside: accountRoot,
    args: () => ({ name: 'ops', gid: 900 }),
  },
];

const withTools = cases.map(
  (one): LawCase => ({
    ...one,
    title: `${one.title} (shadow-utils)`,
    prepare: (root) => bringPrograms(root, accountTools),
  }),
);

export const group: ModuleCases = {
  cases: [...cases, ...(hasPrograms(accountTools) ? withTools : [])],
  hostile: [],
  refuses: [{ argument: 'name', takes: 'text', args: (_folder, value) => ({ name: value }) }],
};
