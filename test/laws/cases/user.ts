import { chownSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { accountRoot, accountTools } from '../account_root.ts';
import type { LawCase, ModuleCases } from '../law_case.ts';
import { bringPrograms, hasPrograms } from '../programs.ts';

const hash =
  '$6$salt5678$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrst';
const file = (root: string, name: string): string => readFileSync(join(root, 'etc', name), 'utf8');

const cases: readonly LawCase[] = [
  {
    title: 'a new user with all that it may have',
    changes: true,
    inside: accountRoot,
    args: () => ({
      name: 'carol',
      uid: 4711,
      group: 'web',
      groups: ['ops'],
      comment: "Carol's $(canary)",
      shell: '/bin/sh',
      password: hash,
      expires: 1893456000,
    }),
    after: (root) => {
      expect(file(root, 'passwd')).toContain("carol:x:4711:1500:Carol's $(canary):/home/carol:/bin/sh\n");
      expect(file(root, 'shadow')).toContain(`carol:${hash}:`);
      expect(existsSync(join(root, 'home/carol/.profile'))).toBe(true);
    },
  },
  {
    title: 'a user of the system',
    changes: true,
    inside: accountRoot,
    args: () => ({ name: 'karaf', system: true, create_home: false, shell: '/usr/sbin/nologin' }),
  },
  {
    title: 'other numbers, groups and password',
    changes: true,
    inside: accountRoot,
    args: () => ({
      name: 'alice',
      uid: 4711,
      group: 'web',
      groups: 'users',
      password: '*',
      password_lock: true,
    }),
    after: (root) => expect(file(root, 'shadow')).toMatch(/^alice:!\*:/m),
  },
  {
    title: 'a user that goes',
    changes: true,
    inside: accountRoot,
    args: () => ({ name: 'alice', state: 'absent' }),
    after: (root) => expect(file(root, 'passwd') + file(root, 'group')).not.toContain('alice'),
  },
  {
    title: 'a user that goes with its home',
    changes: true,
    impossible: true,
    inside: accountRoot,
    args: () => ({ name: 'alice', state: 'absent', remove: true }),
  },
  {
    title: 'a user as it should be',
    changes: false,
    inside: accountRoot,
    args: () => ({
      name: 'alice',
      uid: 1000,
      group: '1000',
      groups: ['ops'],
      home: '/home/alice',
      password: hash,
      update_password: 'on_create',
    }),
  },
];

const withTools = cases.map(
  (one): LawCase => ({
    ...one,
    title: `${one.title} (shadow-utils)`,
    prepare: (root) => {
      bringPrograms(root, accountTools);
      own(root);
    },
  }),
);

export const user: ModuleCases = {
  cases: [...cases.map((one) => ({ ...one, prepare: own })), ...(hasPrograms(accountTools) ? withTools : [])],
  hostile: [],
  refuses: [
    { argument: 'name', takes: 'text', args: (_folder, value) => ({ name: value }) },
    { argument: 'group', takes: 'text', args: (_folder, value) => ({ name: 'fettle-law', group: value }) },
    {
      argument: 'groups',
      takes: 'text',
      args: (_folder, value) => ({ name: 'fettle-law', groups: [value] }),
    },
    {
      argument: 'password',
      takes: 'text',
      args: (_folder, value) => ({ name: 'fettle-law', password: value, create_home: false }),
    },
  ],
};

function own(root: string): void {
  for (const path of ['home/alice', 'home/alice/notes']) chownSync(join(root, path), 1000, 1000);
}
