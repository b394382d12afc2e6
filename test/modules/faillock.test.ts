import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import type { EditState } from '../../engine/facts/edit_file.ts';
import { faillock as faillockFact, faillockTally } from '../../engine/facts/faillock.ts';
import { faillock, type FaillockState } from '../../engine/modules/faillock.ts';
import { type FaillockArgs, wantedOf } from '../../engine/modules/faillock/arguments.ts';
import { confValue, withOptions } from '../../engine/modules/faillock/conf.ts';
import { faillockLines, lineValue, withArguments } from '../../engine/modules/faillock/lines.ts';
import { shells } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { faillockRoot, oldFaillockRoot } from '../laws/faillock_root.ts';
import { RootHost } from './root_host.ts';

describe('faillock.conf', () => {
  test.each<[string, FaillockArgs, string]>([
    ['', { deny: 5 }, 'deny = 5\n'],
    ['deny = 3', { deny: 5 }, 'deny = 5'],
    ['deny=3 # ours\r\n', { deny: 5 }, 'deny=5 # ours\r\n'],
    [' deny 3\n', { deny: 5 }, ' deny 5\n'],
    ['deny = 5\ndeny = 3\n', { deny: 5 }, 'deny = 5\ndeny = 5\n'],
    ['deny\n', { deny: 5 }, 'deny = 5\n'],
    ['# deny = 3\n# audit\n#\n# end', { deny: 5 }, '# deny = 3\ndeny = 5\n# audit\n#\n# end'],
    ['# deny = 3\n# end', { audit: true }, '# deny = 3\n# end\naudit\n'],
    ['# audit\nx', { audit: true }, '# audit\naudit\nx'],
    ['audit = no\n', { audit: true }, 'audit = no\n'],
    ['a\naudit # x\naudit\n', { audit: false }, 'a\n'],
    ['root_unlock_time = 60\neven_deny_root\n', { unset: ['root_unlock_time'] }, 'even_deny_root\n'],
    ['unlock_time = never\n', { unlock_time: 0 }, 'unlock_time = never\n'],
    ['deny_x = 3\n', { deny: 5 }, 'deny_x = 3\ndeny = 5\n'],
    ['# $& $1\n', { dir: '/x$&' }, '# $& $1\ndir = /x$&\n'],
  ])('%j with %j', (text, args, expected) => {
    const wanted = wantedOf(args);
    expect(withOptions(text, wanted)).toBe(expected);
    expect(withOptions(expected, wanted)).toBe(expected);
  });

  // The file of libpam-modules 1.5.2-6+deb12u2 as it is delivered, its first lines.
  test('as it is delivered, nothing is set', () => {
    const text = '# The default is /var/run/faillock.\n# dir = /var/run/faillock\n#\n# audit\n# deny = 3\n';
    expect([confValue(text, 'dir'), confValue(text, 'audit'), confValue(text, 'deny')]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe('lines of PAM', () => {
  test.each<[string, string, FaillockArgs, boolean, string]>([
    [
      'what a line says is changed',
      'auth required pam_faillock.so preauth deny=3 audit\n',
      { deny: 5 },
      false,
      'auth required pam_faillock.so preauth deny=5 audit\n',
    ],
    [
      'nothing is added where a file is read',
      'auth required pam_faillock.so preauth\n',
      { deny: 5, dir: '/d' },
      false,
      'auth required pam_faillock.so preauth\n',
    ],
    [
      'a preauth line gets what it lacks',
      'auth required pam_faillock.so preauth # x',
      { deny: 5, silent: true, dir: '/d' },
      true,
      'auth required pam_faillock.so preauth deny=5 silent dir=/d # x',
    ],
    [
      'an authfail line is never silent, an account line needs the directory alone',
      'auth [default=die] /lib64/security/pam_faillock.so authfail\naccount required pam_faillock.so\n',
      { deny: 5, silent: true, dir: '/d' },
      true,
      'auth [default=die] /lib64/security/pam_faillock.so authfail deny=5 dir=/d\naccount required pam_faillock.so dir=/d\n',
    ],
    [
      'flags go with the blanks before them',
      'auth required pam_faillock.so preauth\taudit  even_deny_root deny=3\n',
      { audit: false, even_deny_root: false, deny: 4 },
      true,
      'auth required pam_faillock.so preauth deny=4\n',
    ],
    [
      'the last word goes and another comes',
      'auth required pam_faillock.so authfail deny=3 audit\n',
      { audit: false, unlock_time: 'never' },
      true,
      'auth required pam_faillock.so authfail deny=3 unlock_time=never\n',
    ],
    [
      'a line that goes on',
      'auth required \\\n  pam_faillock.so \\\n  preauth deny=3\n',
      { deny: 5, fail_interval: 60 },
      true,
      'auth required \\\n  pam_faillock.so \\\n  preauth deny=5 fail_interval=60\n',
    ],
    [
      'other modules, comments and files that are included',
      '# auth required pam_faillock.so deny=3\nauth required pam_tally2.so deny=3\nauth include pam_faillock.so\n',
      { deny: 5 },
      true,
      '# auth required pam_faillock.so deny=3\nauth required pam_tally2.so deny=3\nauth include pam_faillock.so\n',
    ],
  ])('%s', (_case, text, args, adds, expected) => {
    expect(withArguments(text, wantedOf(args), adds)).toBe(expected);
    expect(withArguments(expected, wantedOf(args), adds)).toBe(expected);
  });

  // The lines of openEuler's system-auth (pam 1.4 and later), as its security guide prints them.
  test('all lines of openEuler', () => {
    const openEuler = `auth        required      pam_env.so
auth        required      pam_faillock.so preauth audit deny=3 even_deny_root unlock_time=60
-auth        sufficient    pam_fprintd.so
auth        sufficient    pam_unix.so nullok try_first_pass
-auth        sufficient    pam_sss.so use_first_pass
auth        [default=die] pam_faillock.so authfail audit deny=3 even_deny_root unlock_time=60
auth        sufficient    pam_faillock.so authsucc audit deny=3 even_deny_root unlock_time=60
auth        requisite     pam_succeed_if.so uid >= 1000 quiet_success
auth        required      pam_deny.so
account     required      pam_faillock.so
`;
    const wanted = wantedOf({ deny: 5, unlock_time: 900, root_unlock_time: 60 });
    const made = withArguments(openEuler, wanted, false);
    expect(made).toBe(
      openEuler.replaceAll('deny=3', 'deny=5').replaceAll('unlock_time=60', 'unlock_time=900'),
    );
    expect(faillockLines(made).map((line) => [line.type, line.step, lineValue(line, 'deny')])).toEqual([
      ['auth', 'preauth', '5'],
      ['auth', 'authfail', '5'],
      ['auth', 'authsucc', '5'],
      ['account', undefined, null],
    ]);
  });
});

const file = (text: string | null, link?: string): EditState =>
  ({
    at:
      text === null ? { kind: 'absent', parent: 'directory' } : { kind: link ? 'link' : 'file', real: link },
    now: text === null ? { kind: 'absent' } : { kind: 'text', bytes: Buffer.from(text) },
    above: { path: '/etc', at: { kind: 'absent', parent: 'directory' }, missing: [], setGroup: false },
  }) as unknown as EditState;

describe('refused', () => {
  const base: FaillockState = {
    host: { module: '/lib64/security/pam_faillock.so', readsConf: true, lines: [] },
    conf: file(null),
    files: new Map(),
    tally: null,
  };
  const old = { ...base.host, readsConf: false };
  const stray = { file: '/etc/pam.d/vlock', text: 'auth required pam_faillock.so preauth deny=9' };
  test.each<[string, FaillockArgs, Partial<FaillockState>, string]>([
    ['no module', { deny: 5 }, { host: { ...base.host, module: null } }, 'the host has no pam_faillock.so'],
    ['nobody to reset', { state: 'reset' }, {}, '`state: reset` needs `user`'],
    [
      'nothing reads it',
      { deny: 5 },
      { host: old, files: new Map([['/etc/pam.d/system-auth', file('auth required pam_unix.so\n')]]) },
      'no auth line of /etc/pam.d/system-auth runs pam_faillock, and this pam_faillock reads no faillock.conf',
    ],
    [
      'too new',
      { admin_group: 'wheel' },
      { host: old },
      'this pam_faillock reads no faillock.conf and is too old to know admin_group',
    ],
    [
      'a line elsewhere',
      { deny: 5 },
      { host: { ...base.host, lines: [stray] } },
      'a pam_faillock line of /etc/pam.d/vlock says otherwise (deny)',
    ],
    [
      'a file of authselect',
      { deny: 5 },
      { files: new Map([['/etc/pam.d/system-auth', file(stray.text, '/etc/authselect/system-auth')]]) },
      '/etc/pam.d/system-auth leads to /etc/authselect/system-auth, which authselect writes anew each time',
    ],
    [
      'another file',
      { deny: 5 },
      { files: new Map([['/etc/pam.d/sshd', file('auth required pam_faillock.so preauth conf=/x\n')]]) },
      '/etc/pam.d/sshd, line 1, reads /x in place of /etc/security/faillock.conf',
    ],
    [
      'no program',
      { user: 'a', state: 'reset' },
      { tally: { dir: '/var/run/faillock', failures: null } },
      'the host has no faillock program',
    ],
  ])('%s', (_case, args, state, message) => {
    const plan = () => faillock.plan(args, { ...base, ...state });
    expect(plan).toThrow(CannotPlan);
    expect(plan).toThrow(message);
  });

  test('a line elsewhere that says nothing of it is none of its business', () => {
    const lines = [{ ...stray, text: 'auth required pam_faillock.so preauth' }];
    expect(faillock.plan({ deny: 5 }, { ...base, host: { ...base.host, lines } })).toHaveLength(1);
  });
});

// Captured on Debian 12, faillock of libpam-modules-bin 1.5.2, after wrong passwords over SSH and at a console.
test('the failures of a user', () => {
  const output = `>/var/run/faillock
alice:
When                Type  Source                                           Valid
2026-11-20 23:31:01 RHOST 127.0.0.1                                            V
2026-11-20 23:31:04 TTY   /dev/tty1                                            I
>/srv/x
>/var/run/faillock
-
`;
  const users = ['alice', 'bob', 'eve'].map((user) => ({ user, dir: null }));
  expect(faillockTally.parse(Buffer.from(output), users, 0)).toEqual([
    {
      dir: '/var/run/faillock',
      failures: [
        { when: '2026-11-20 23:31:01', type: 'RHOST', source: '127.0.0.1', valid: true },
        { when: '2026-11-20 23:31:04', type: 'TTY', source: '/dev/tty1', valid: false },
      ],
    },
    { dir: '/srv/x', failures: [] },
    { dir: '/var/run/faillock', failures: null },
  ]);
});

describe.runIf(canEnterRoots).each(shells)('in a root of its own on %s (needs root)', (shell) => {
  test('what there is of pam_faillock', async () => {
    const entries = { ...faillockRoot, 'etc/pam.d/x': '# pam_faillock\nauth required pam_faillock.so\n' };
    for (const [root, module, readsConf, lines] of [
      [entries, '/lib/x86_64-linux-gnu/security/pam_faillock.so', true, ['auth required pam_faillock.so']],
      [oldFaillockRoot, '/usr/lib64/security/pam_faillock.so', false, []],
      [{}, null, false, []],
    ] as const) {
      const host = await RootHost.open(shell, root);
      try {
        const [answer] = host.answers([{ fact: faillockFact, subject: undefined }] as never);
        expect(answer).toEqual({
          module,
          readsConf,
          lines: lines.map((text) => ({ file: '/etc/pam.d/x', text })),
        });
      } finally {
        await host.close();
      }
    }
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['nobody says where', {}, '/var/run/faillock'],
    [
      'the file does',
      { 'etc/security/faillock.conf': 'dir = /a\ndir=/var/log/faillock\n' },
      '/var/log/faillock',
    ],
    [
      'a line of PAM does, before the file',
      {
        'etc/security/faillock.conf': 'dir = /a\n',
        'etc/pam.d/system-auth':
          'auth required pam_faillock.so preauth dir=/b deny=3\n#account required pam_faillock.so dir=/c\n',
      },
      '/b',
    ],
  ])('where failures lie: %s', async (_title, entries, dir) => {
    const host = await RootHost.open(shell, { 'etc/pam.d': 'folder', ...entries });
    try {
      const question = { fact: faillockTally, subject: { user: 'alice', dir: null } };
      expect(host.answers([question] as never)).toEqual([{ dir, failures: null }]);
    } finally {
      await host.close();
    }
  });
});
