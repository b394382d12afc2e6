import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import type { AccountDefaults } from '../../engine/facts/account_defaults.ts';
import { group, type GroupState } from '../../engine/modules/group.ts';
import { shells } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { accountRoot, accountTools } from '../laws/account_root.ts';
import { hasPrograms } from '../laws/programs.ts';
import { RootHost } from './root_host.ts';

const defaults: AccountDefaults = {
  tools: true,
  chpasswd: true,
  shadow: true,
  base: '/home',
  shell: '/bin/sh',
  skeleton: '/etc/skel',
  homeMode: '0755',
  userGroups: true,
  uids: [1000, 60000],
  gids: [1000, 60000],
  systemUids: [100, 999],
  systemGids: [100, 999],
};
const none: GroupState = { defaults, entry: null, local: null, holder: null };
const ops = { name: 'ops', gid: 900, members: ['alice'] };
const found: GroupState = { ...none, entry: ops, local: { ...ops, primaryOf: [] } };

describe('what is planned', () => {
  test.each<[string, Parameters<typeof group.plan>[0], GroupState, string[]]>([
    ['a new group', { name: 'ops' }, none, ['make the group ops']],
    ['with its number', { name: 'ops', gid: 7 }, none, ['make the group ops, gid 7']],
    ['it is there', { name: 'ops' }, found, []],
    ['it has its number', { name: 'ops', gid: 900, system: true }, found, []],
    ['another number', { name: 'ops', gid: 7 }, found, ['group ops: gid 900 → 7']],
    ['it goes', { name: 'ops', state: 'absent' }, found, ['remove the group ops, gid 900']],
    ['it is gone', { name: 'ops', state: 'absent' }, none, []],
    ['a directory has it', { name: 'ops', gid: 900 }, { ...found, local: null }, []],
  ])('%s', (_title, args, state, what) => {
    expect(group.plan(args, state).map((change) => change.what)).toEqual(what);
  });

  test.each<[Parameters<typeof group.plan>[0], GroupState, string]>([
    [{ name: 'ops', gid: 7 }, { ...found, local: null }, 'comes from a directory'],
    [{ name: 'ops', state: 'absent' }, { ...found, local: null }, 'comes from a directory'],
    [
      { name: 'ops', gid: 7 },
      { ...none, holder: { name: 'lp', gid: 7, members: [] } },
      'belongs to the group lp',
    ],
    [
      { name: 'ops', state: 'absent' },
      { ...found, local: { ...ops, primaryOf: ['bob', 'carol'] } },
      'the primary group of bob, carol',
    ],
  ])('%j is refused', (args, state, why) => {
    expect(() => group.plan(args, state)).toThrow(why);
  });
});

test.each([
  ['ops', true],
  ['Ops.team-1', true],
  ['1ops', false],
  ['-r', false],
  ['a:b', false],
  ['a\nb', false],
  ['a'.repeat(33), false],
])('%j is a name: %s', (name, isName) => {
  expect(Compile(group.args).Check({ name })).toBe(isName);
});

const withTools = hasPrograms(accountTools);

describe.runIf(canEnterRoots).each(withTools ? ['shadow-utils', 'busybox alone'] : ['busybox alone'])(
  'by %s on a host of its own (needs root; shadow-utils)',
  (by) => {
    const tools = by === 'shadow-utils' ? accountTools : [];

    test.each(shells)('made, numbered and removed on %s', async (shell) => {
      const host = await RootHost.open(shell, accountRoot, tools);
      const read = (file: string) => readFileSync(join(host.root, 'etc', file), 'utf8');
      try {
        host.keepsTheLaws(group, { name: 'new' }, () => {
          expect(read('group')).toMatch(/^new:x:1\d{3}:$/m);
          expect(read('gshadow')).toContain('new:!::\n');
        });
        host.keepsTheLaws(group, { name: 'new', system: true }, () =>
          expect(read('group')).toMatch(/^new:x:[1-9]\d\d:$/m),
        );
        host.keepsTheLaws(group, { name: 'new', gid: 4711 }, () =>
          expect(read('group')).toContain('new:x:4711:\n'),
        );
        host.keepsTheLaws(group, { name: 'web', gid: 4711 }, () =>
          expect(read('group')).toContain('web:x:4711:bob\n'),
        );
        host.keepsTheLaws(group, { name: 'alice', gid: 4711 }, () =>
          expect(read('passwd')).toContain('alice:x:1000:4711:'),
        );
        host.keepsTheLaws(group, { name: 'ops', state: 'absent' }, () => {
          expect(read('group')).not.toContain('ops');
          expect(read('gshadow')).not.toContain('ops');
        });
        const args = { name: 'alice', state: 'absent' as const };
        expect(() => group.plan(args, host.probe(group.probe(args)))).toThrow('primary group of alice');
        rmSync(join(host.root, 'etc/gshadow'));
        host.keepsTheLaws(group, { name: 'ops', state: 'absent' });
      } finally {
        await host.close();
      }
    });

    test('what others changed meanwhile stays', async () => {
      const host = await RootHost.open('dash', accountRoot, tools);
      const file = join(host.root, 'etc/group');
      const before = readFileSync(file, 'utf8');
      try {
        const args = { name: 'ops', state: 'absent' as const };
        const made = host.make(group.plan(args, host.probe(group.probe(args))));
        expect(made).toMatchObject({ code: 0, stderr: '' });
        writeFileSync(file, readFileSync(file, 'utf8').replace('web:x:1500:bob', 'web:x:1500:'));
        appendFileSync(file, 'later:x:2000:\n');
        expect(made.undo()).toMatchObject({ code: 0, stderr: '' });
        expect(readFileSync(file, 'utf8')).toBe(
          `${before.replace('web:x:1500:bob', 'web:x:1500:')}later:x:2000:\n`,
        );
      } finally {
        await host.close();
      }
    });

    test('a group that a user has got meanwhile is not taken away', async () => {
      const host = await RootHost.open('dash', accountRoot, tools);
      try {
        const args = { name: 'new', gid: 4711 };
        const made = host.make(group.plan(args, host.probe(group.probe(args))));
        appendFileSync(join(host.root, 'etc/passwd'), 'carol:x:1002:4711::/:/bin/sh\n');
        expect(made.undo()).toMatchObject({ code: 1, stderr: 'the primary group of carol\n' });
        expect(readFileSync(join(host.root, 'etc/group'), 'utf8')).toContain('new:x:4711:');
      } finally {
        await host.close();
      }
    });
  },
);

test.runIf(canEnterRoots)('the lock of a process that is gone is taken over (needs root)', async () => {
  const host = await RootHost.open('dash', accountRoot);
  const lock = join(host.root, 'etc/group.lock');
  try {
    // No process has so high a number.
    writeFileSync(lock, '4194305');
    const args = { name: 'web', gid: 4711 };
    const made = host.make(group.plan(args, host.probe(group.probe(args))));
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(lock)).toBe(false);
    host.forget();
  } finally {
    await host.close();
  }
});
