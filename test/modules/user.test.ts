import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { accountDefaults } from '../../engine/facts/account_defaults.ts';
import { localAccount, type ShadowState } from '../../engine/facts/local_account.ts';
import { user } from '../../engine/modules/user.ts';
import type { UserArgs } from '../../engine/modules/user/arguments.ts';
import { passwordStep } from '../../engine/modules/user/password.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { sha256 } from '../../engine/contract/digest.ts';
import { shells } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { accountRoot, accountTools } from '../laws/account_root.ts';
import { hasPrograms } from '../laws/programs.ts';
import { RootHost } from './root_host.ts';

const hash =
  '$6$salt5678$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrst';

const shadow = (field: string): ShadowState => {
  const text = field.replace(/^!+/, '');
  return {
    locked: field.startsWith('!'),
    kind: text === '' ? 'none' : text === '*' ? 'unusable' : 'hash',
    digest: sha256(text),
    rest: '19000:0:99999:7:::',
    expires: null,
  };
};

describe('what becomes of a password', () => {
  const step = (args: Partial<UserArgs>, now: ShadowState | 'unreadable' | null, isNew = false) => {
    const { set, lock, what } = passwordStep({ name: 'alice', ...args }, now, isNew);
    return [set?.reveal() ?? null, lock ?? null, what];
  };

  test.each<[string, Partial<UserArgs>, ShadowState, unknown[]]>([
    ['nothing is said', {}, shadow('!'), [null, null, []]],
    ['the same', { password: hash }, shadow(hash), [null, null, []]],
    ['the same, locked', { password: hash }, shadow(`!${hash}`), [null, null, []]],
    ['another', { password: hash }, shadow('$6$x$y'), [hash, null, ['its password']]],
    ['the first', { password: hash }, shadow('!'), [hash, null, ['its password', 'password unlocked']]],
    ['a secret', { password: new Secret(hash) }, shadow('*'), [hash, null, ['its password']]],
    ['only for new ones', { password: hash, update_password: 'on_create' }, shadow('*'), [null, null, []]],
    ['none that fits', { password: '*' }, shadow('!'), ['*', null, ['its password', 'password unlocked']]],
    ['a lock', { password_lock: true }, shadow(hash), [null, true, ['password locked']]],
    ['a lock that is there', { password_lock: true }, shadow(`!${hash}`), [null, null, []]],
    ['no lock', { password_lock: false }, shadow(`!${hash}`), [null, false, ['password unlocked']]],
    [
      'locked by the field',
      { password: '!' },
      shadow(hash),
      ['!', null, ['its password', 'password locked']],
    ],
    ['locked already', { password: '!' }, shadow('!'), [null, null, []]],
    [
      'another, locked',
      { password: hash, password_lock: true },
      shadow('*'),
      [`!${hash}`, null, ['its password', 'password locked']],
    ],
  ])('%s', (_title, args, now, expected) => {
    expect(step(args, now)).toEqual(expected);
  });

  test.each<[Partial<UserArgs>, unknown[]]>([
    [{}, [null, null, []]],
    [{ password: hash }, [hash, null, []]],
    [{ password: hash, password_lock: true }, [`!${hash}`, null, ['password locked']]],
    [{ password: hash, update_password: 'on_create' }, [hash, null, []]],
  ])('of a new user: %j', (args, expected) => {
    expect(step(args, null, true)).toEqual(expected);
  });

  test.each<[Partial<UserArgs>, ShadowState | 'unreadable', string]>([
    [{ password: 'hunter2' }, shadow('*'), 'no hash of crypt(5)'],
    [{ password: 'thirteenchars' }, shadow('*'), 'no hash of crypt(5)'],
    [{ password: `${hash}\nroot:x` }, shadow('*'), 'no hash of crypt(5)'],
    [{ password: `${hash}:0` }, shadow('*'), 'no hash of crypt(5)'],
    [{ password: '' }, shadow('*'), 'lets everybody in'],
    [{ password: '!', password_lock: false }, shadow(hash), 'no password to unlock'],
    [{ password_lock: false }, shadow('!!'), 'no password to unlock'],
    [{ password: hash }, 'unreadable', 'cannot be read'],
  ])('%j is refused', (args, now, why) => {
    expect(() => step(args, now)).toThrow(why);
    expect(() => step(args, now)).toThrow(CannotPlan);
  });

  test('plain text is not repeated', () => {
    expect(() => step({ password: 'hunter2' }, shadow('*'))).not.toThrow('hunter2');
  });
});

test.each([
  [{ name: 'alice' }, true],
  [{ name: 'Alice.x-1' }, true],
  [{ name: '-r' }, false],
  [{ name: 'a:b' }, false],
  [{ name: 'alice', comment: 'A, B & "C"' }, true],
  [{ name: 'alice', comment: 'a:b' }, false],
  [{ name: 'alice', home: '/srv/a b' }, true],
  [{ name: 'alice', home: '/srv/a\nb' }, false],
  [{ name: 'alice', home: 'srv' }, false],
  [{ name: 'alice', groups: 'a,b' }, true],
  [{ name: 'alice', groups: [] }, true],
  [{ name: 'alice', groups: ['a,b'] }, false],
])('%j is accepted: %s', (args, isGood) => {
  expect(Compile(user.args).Check(args)).toBe(isGood);
});

test.each([
  // Debian 12, Rocky 9, a host that says nothing.
  [
    '1:1:1\nMAIL_DIR /var/mail\nUMASK\t\t022\nUSERGROUPS_ENAB yes\nSHELL=/bin/sh\n',
    ['/bin/sh', '0755', true],
  ],
  [
    '1:1:1\nUMASK\t\t022\nHOME_MODE\t0700\nGROUP=100\nHOME=/home\nSHELL=/bin/bash\n',
    ['/bin/bash', '0700', true],
  ],
  ['::\nUMASK 077\nUSERGROUPS_ENAB no\n', ['/bin/sh', '0700', false]],
])('what the host gives new users: %j', (output, expected) => {
  const [defaults] = accountDefaults.parse(Buffer.from(output), [undefined], 0);
  expect([defaults?.shell, defaults?.homeMode, defaults?.userGroups]).toEqual(expected);
});

const withTools = hasPrograms(accountTools);

describe.runIf(canEnterRoots).each(withTools ? ['shadow-utils', 'busybox alone'] : ['busybox alone'])(
  'by %s on a host of its own (needs root; shadow-utils)',
  { timeout: 180_000 },
  (by) => {
    const tools = by === 'shadow-utils' ? accountTools : [];
    const open = (shell: (typeof shells)[number], more = {}) =>
      RootHost.open(shell, { ...accountRoot, ...more }, tools);
    const reader = (host: RootHost) => (file: string) => readFileSync(join(host.root, 'etc', file), 'utf8');

    test.each(shells)('made on %s', async (shell) => {
      const host = await open(shell, { 'etc/default/useradd': 'SHELL=/bin/ash\nCREATE_MAIL_SPOOL=yes\n' });
      const read = reader(host);
      const home = join(host.root, 'home/carol');
      try {
        host.keepsTheLaws(user, { name: 'carol' }, () => {
          expect(read('passwd')).toMatch(/^carol:x:1\d{3}:1\d{3}::\/home\/carol:\/bin\/ash$/m);
          expect(read('shadow')).toMatch(/^carol:!:2\d{4}:0:99999:7:::$/m);
          expect(read('group')).toMatch(/^carol:x:1\d{3}:$/m);
          expect(readFileSync(join(home, '.profile'), 'utf8')).toBe('# of the skeleton\n');
          expect(statSync(home).mode & 0o7777).toBe(0o755);
          expect(read('passwd')).toContain(`carol:x:${statSync(join(home, '.profile')).uid}:`);
        });
        const full: UserArgs = {
          name: 'carol',
          uid: 4711,
          group: 'web',
          groups: ['ops', 'users'],
          comment: "Carol's $(id) \\n",
          home: '/srv/a/b c',
          shell: '/bin/sh',
          password: new Secret(hash),
          expires: 1893456000,
        };
        host.keepsTheLaws(user, full, () => {
          expect(read('passwd')).toContain("carol:x:4711:1500:Carol's $(id) \\n:/srv/a/b c:/bin/sh\n");
          expect(read('shadow')).toMatch(/^carol:\$6\$salt5678\$[^:]*:2\d{4}:0:99999:7::21915:$/m);
          expect(read('group')).toMatch(/^ops:x:900:alice,bob,carol$/m);
          expect(read('gshadow')).toMatch(/^ops:!::alice,bob,carol$/m);
          expect(existsSync(join(host.root, 'srv/a/b c/.profile'))).toBe(true);
        });
        const daemon: UserArgs = { name: 'carol', system: true, create_home: false, password_lock: true };
        host.keepsTheLaws(user, daemon, () => {
          expect(read('passwd')).toMatch(/^carol:x:[1-9]\d\d:[1-9]\d\d:/m);
          expect(existsSync(home)).toBe(false);
        });
        // A group of its name is there already.
        host.run('printf "carol:x:3000:\\n" >>/etc/group');
        host.keepsTheLaws(user, { name: 'carol' }, () =>
          expect(read('passwd')).toMatch(/^carol:x:\d+:3000:/m),
        );
      } finally {
        await host.close();
      }
    });

    test.each(shells)('changed on %s', async (shell) => {
      const host = await open(shell);
      const read = reader(host);
      const notes = () => lstatSync(join(host.root, 'home/alice/notes'));
      try {
        for (const path of ['home/alice', 'home/alice/notes']) chownSync(join(host.root, path), 1000, 1000);
        const what = (args: Omit<UserArgs, 'name'>, during?: () => void) =>
          host.keepsTheLaws(user, { name: 'alice', ...args }, during).map((change) => change.what);
        expect(
          what({ comment: '', shell: '/bin/ash' }, () =>
            expect(read('passwd')).toContain('alice:x:1000:1000::/home/alice:/bin/ash\n'),
          ),
        ).toEqual(['user alice: comment "Alice,,," → "", shell /bin/sh → /bin/ash']);
        expect(
          what({ groups: ['web', 'users'] }, () =>
            expect(read('group')).toMatch(
              /users:x:100:alice\nops:x:900:bob\nalice:x:1000:\nweb:x:1500:bob,alice\n/,
            ),
          ),
        ).toEqual(['user alice: groups ops → web,users']);
        expect(
          what({ groups: 'web', append: true }, () => {
            expect(read('group')).toContain('ops:x:900:alice,bob\n');
            expect(read('gshadow')).toMatch(/^web:!:bob:bob,alice$/m);
          }),
        ).toEqual(['user alice: groups ops → ops,web']);
        expect(what({ groups: '' })).toEqual(['user alice: groups ops → (none)']);
        expect(what({ uid: 4711 }, () => expect(notes().uid).toBe(4711))).toEqual([
          'user alice: uid 1000 → 4711',
        ]);
        expect(what({ group: 'web' }, () => expect(notes().gid).toBe(1500))).toEqual([
          'user alice: gid 1000 → 1500',
        ]);
        mkdirSync(join(host.root, 'srv'));
        expect(
          what({ home: '/srv/alice', move_home: true, uid: 4711 }, () =>
            expect(lstatSync(join(host.root, 'srv/alice/notes')).uid).toBe(4711),
          ),
        ).toEqual(['user alice: uid 1000 → 4711, home /home/alice → /srv/alice']);
        expect(
          what({ home: '/srv/alice' }, () =>
            expect(existsSync(join(host.root, 'srv/alice/.profile'))).toBe(true),
          ),
        ).toEqual(['user alice: home /home/alice → /srv/alice', 'make the home /srv/alice, mode 0755']);
        expect(
          what({ password: hash, expires: 86400 * 20000 }, () =>
            expect(read('shadow')).toMatch(/^alice:\$6\$salt5678\$[^:]*:2\d{4}:0:99999:7::20000:$/m),
          ),
        ).toEqual(['user alice: ends never → 2024-10-04, its password']);
        expect(
          what({ password_lock: true }, () => expect(read('shadow')).toContain('alice:!$6$abcdefgh$')),
        ).toEqual(['user alice: password locked']);
        expect(
          what({ uid: 1000, group: 'alice', groups: ['ops'], comment: 'Alice,,,', expires: -1 }),
        ).toEqual([]);
        expect(
          host
            .keepsTheLaws(user, { name: 'bob', group: '100', groups: ['ops', 'web'] })
            .map((one) => one.what),
        ).toEqual(['make the home /home/bob, mode 0755']);
      } finally {
        await host.close();
      }
    });

    test.each(shells)('removed on %s', async (shell) => {
      const host = await open(shell);
      const read = reader(host);
      try {
        for (const path of ['home/alice', 'home/alice/notes']) chownSync(join(host.root, path), 1000, 1000);
        host.keepsTheLaws(user, { name: 'alice', state: 'absent' }, () => {
          for (const file of ['passwd', 'shadow', 'group', 'gshadow', 'subuid', 'subgid'])
            expect(read(file)).not.toContain('alice');
          expect(existsSync(join(host.root, 'home/alice/notes'))).toBe(true);
        });
        expect(host.keepsTheLaws(user, { name: 'carol', state: 'absent' })).toEqual([]);
        const args: UserArgs = { name: 'alice', state: 'absent', remove: true };
        writeFileSync(join(host.root, 'var/mail/alice'), '');
        chownSync(join(host.root, 'var/mail/alice'), 1000, 1000);
        const [change] = user.plan(args, host.probe(user.probe(args)));
        expect(change).toMatchObject({
          what: 'remove the user alice, uid 1000, with its home /home/alice',
          undo: { impossible: 'what is in /home/alice goes for good' },
        });
        expect(host.make(change ? [change] : []).code).toBe(0);
        expect(existsSync(join(host.root, 'home/alice'))).toBe(false);
        expect(existsSync(join(host.root, 'var/mail/alice'))).toBe(false);
        host.forget();
      } finally {
        await host.close();
      }
    });

    test('what others changed meanwhile stays, and a home with files in it', async () => {
      const host = await open('dash');
      const read = reader(host);
      try {
        const args: UserArgs = { name: 'carol', groups: ['ops'] };
        const made = host.make(user.plan(args, host.probe(user.probe(args))));
        expect(made).toMatchObject({ code: 0, stderr: '' });
        host.run(
          'sed -i "s/^bob:x:1001/bob:x:1009/" /etc/passwd; echo "dave:x:5000:100::/:/bin/sh" >>/etc/passwd',
        );
        host.run('sed -i "s/^ops:.*/&,dave/" /etc/group; echo kept >/home/carol/letter');
        expect(made.undo()).toMatchObject({
          code: 0,
          stderr: '/home/carol is left, since there are files in it that came later\n',
        });
        expect(read('passwd')).toMatch(/bob:x:1009:.*\ndave:x:5000:.*\n$/);
        expect(read('passwd')).not.toContain('carol');
        expect(read('group')).toContain('ops:x:900:alice,bob,dave\n');
        expect(read('group')).not.toContain('carol');
        expect(readFileSync(join(host.root, 'home/carol/letter'), 'utf8')).toBe('kept\n');
      } finally {
        await host.close();
      }
    });

    test('what cannot be had is said', async () => {
      const host = await open('dash');
      const plan = (args: UserArgs) => user.plan(args, host.probe(user.probe(args)));
      try {
        expect(() => plan({ name: 'carol', group: 'none' })).toThrow('there is no group none');
        expect(() => plan({ name: 'alice', groups: ['none'] })).toThrow('there is no group none');
        expect(() => plan({ name: 'alice', uid: 1001 })).toThrow('uid 1001 belongs to the user bob');
        expect(() => plan({ name: 'root', state: 'absent' })).toThrow('never removed');
        expect(plan({ name: 'alice', uid: 1001, non_unique: true })).toHaveLength(1);
      } finally {
        await host.close();
      }
    });
  },
);

test.runIf(canEnterRoots).each(shells)(
  'passwords are told by their digest alone on %s (needs root)',
  async (shell) => {
    const host = await RootHost.open(shell, {
      ...accountRoot,
      'etc/shadow': `root:*:1:0:99999:7:::\nalice:!!${hash}:2:0:99999:7::20000:\nbob:!:3::::::`,
    });
    try {
      const subjects = ['root', 'alice', 'bob', 'carol'].map((name) => ({ name, home: null }));
      const said = host.answers(subjects.map((subject) => ({ fact: localAccount, subject }) as never));
      expect(said.map((one) => (one as { shadow: ShadowState | null }).shadow)).toEqual([
        { locked: false, kind: 'unusable', digest: sha256('*'), rest: '1:0:99999:7:::', expires: null },
        { locked: true, kind: 'hash', digest: sha256(hash), rest: '2:0:99999:7::20000:', expires: 20000 },
        { locked: true, kind: 'none', digest: sha256(''), rest: '3::::::', expires: null },
        null,
      ]);
    } finally {
      await host.close();
    }
  },
);
