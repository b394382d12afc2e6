import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import type { EditState } from '../../engine/facts/edit_file.ts';
import { pamAuthUpdate, type PamAuthUpdateState } from '../../engine/modules/pam_auth_update.ts';
import type { PamAuthUpdateArgs } from '../../engine/modules/pam_auth_update/arguments.ts';
import { blockTypes } from '../../engine/modules/pam_auth_update/blocks.ts';
import { profileText } from '../../engine/modules/pam_auth_update/profile.ts';

// /etc/pam.d/common-* and /var/lib/pam/* of Debian 12 (libpam-runtime 1.5.2-6+deb12u1) as installed; comments cut.
const head = '# here are the per-package modules (the "Primary" block)\n';
const middle = "# here's the fallback if no module succeeds\n";
const more = '# and here are more per-package modules (the "Additional" block)\n';
const foot = '# end of pam-auth-update config\n';
const debian: Readonly<Record<string, string>> = {
  '/etc/pam.d/common-auth': `# c\n${head}auth\t[success=1 default=ignore]\tpam_unix.so nullok\n${middle}auth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit.so\n${more}auth\toptional\t\t\tpam_cap.so \n${foot}`,
  '/var/lib/pam/auth':
    'Module: unix\n[success=end default=ignore]\tpam_unix.so nullok\nModule: capability\noptional\t\t\tpam_cap.so\n',
  '/etc/pam.d/common-account': `${head}account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so \n${middle}${more}${foot}`,
  '/var/lib/pam/account': 'Module: unix\n[success=end new_authtok_reqd=done default=ignore]\tpam_unix.so\n',
  '/etc/pam.d/common-password': `${head}password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n${middle}${more}${foot}`,
  '/var/lib/pam/password': 'Module: unix\n[success=end default=ignore]\tpam_unix.so obscure yescrypt\n',
  '/etc/pam.d/common-session': `${head}session\t[default=1]\t\t\tpam_permit.so\n${middle}${more}session\trequired\tpam_unix.so \nsession\toptional\tpam_systemd.so \n${foot}`,
  '/var/lib/pam/session':
    'Module: null\n[default=1]\t\t\tpam_permit.so\nModule: unix\nrequired\tpam_unix.so\nModule: systemd\noptional\tpam_systemd.so\n',
  '/etc/pam.d/common-session-noninteractive': `${head}session\t[default=1]\t\t\tpam_permit.so\n${middle}${more}session\trequired\tpam_unix.so \n${foot}`,
  '/var/lib/pam/session-noninteractive':
    'Module: null\n[default=1]\t\t\tpam_permit.so\nModule: unix\nrequired\tpam_unix.so\n',
  '/var/lib/pam/seen': 'unix\nsystemd\ncapability\n',
};

function stateOf(
  texts: Readonly<Record<string, string>>,
  profiles: Readonly<Record<string, string | null>> = {},
  tool: string | null = '/usr/sbin/pam-auth-update',
): PamAuthUpdateState {
  const paths = Object.keys(debian);
  return {
    tool,
    kept: new Map(
      paths.map((path) => {
        const text = texts[path];
        return [path, text === undefined ? { kind: 'absent' } : { kind: 'text', bytes: Buffer.from(text) }];
      }),
    ),
    profiles: new Map(
      Object.entries(profiles).map(([name, text]) => [
        name,
        {
          at: text === null ? { kind: 'absent', parent: 'directory' } : { kind: 'file', links: 1 },
          now: text === null ? { kind: 'absent' } : { kind: 'text', bytes: Buffer.from(text) },
          above: { path: '/usr/share/pam-configs', at: { kind: 'directory' }, missing: [], setGroup: false },
        } as unknown as EditState,
      ]),
    ),
  };
}

const small =
  'Name: F\nDefault: no\nPriority: 0\nAuth-Type: Primary\nAuth:\n  requisite  pam_faillock.so preauth\n';

describe('plan', () => {
  test.each<[string, PamAuthUpdateArgs, readonly string[]]>([
    ['on already', { enable: ['unix'] }, []],
    ['off already', { disable: ['mkhomedir', 'gone'] }, []],
    ['off', { disable: ['systemd'] }, ['disable systemd (pam-auth-update)']],
    [
      'on, with its file',
      { enable: ['f'], profiles: { f: small } },
      ['write the profile /usr/share/pam-configs/f', 'enable f (pam-auth-update)'],
    ],
    ['its file alone', { profiles: { f: small } }, ['write the profile /usr/share/pam-configs/f']],
  ])('%s', (_case, args, what) => {
    const state = stateOf(debian, {
      f: null,
      unix: 'Name: U\nAuth:\n\t[success=end default=ignore]\tpam_unix.so nullok\nAccount:\n\t[success=end new_authtok_reqd=done default=ignore]\tpam_unix.so\nPassword:\n\t[success=end default=ignore]\tpam_unix.so obscure yescrypt\nSession:\n\trequired\tpam_unix.so\n',
    });
    expect(pamAuthUpdate.plan(args, state).map((change) => change.what)).toEqual(what);
    expect(pamAuthUpdate.result?.(args, state)).toEqual({
      enabled: ['capability', 'systemd', 'unix'],
    });
  });

  test.each<[string, PamAuthUpdateArgs, PamAuthUpdateState, string]>([
    ['no tool', { enable: ['unix'] }, stateOf(debian, {}, null), 'the host has no pam-auth-update'],
    [
      'no profile',
      { enable: ['f'] },
      stateOf(debian, { f: null }),
      'there is no profile /usr/share/pam-configs/f',
    ],
    [
      'nothing left',
      { disable: ['unix', 'systemd', 'capability'] },
      stateOf(debian),
      'no profile would be left in force',
    ],
    [
      'both',
      { enable: ['f'], disable: ['f'] },
      stateOf(debian, { f: null }),
      'f is both to be enabled and to be disabled',
    ],
    [
      'a line by hand',
      { disable: ['systemd'] },
      stateOf({
        ...debian,
        '/etc/pam.d/common-auth': (debian['/etc/pam.d/common-auth'] as string).replace(
          head,
          `${head}auth required pam_tally2.so deny=3\n`,
        ),
      }),
      'line 3 of /etc/pam.d/common-auth comes from no profile, so that pam-auth-update would refuse to change it',
    ],
    [
      'another control by hand',
      { disable: ['systemd'] },
      stateOf({
        ...debian,
        '/etc/pam.d/common-session': (debian['/etc/pam.d/common-session'] as string).replace(
          'optional',
          'required',
        ),
      }),
      'line 6 of /etc/pam.d/common-session comes from no profile',
    ],
    [
      'not managed',
      { disable: ['systemd'] },
      stateOf({ ...debian, '/etc/pam.d/common-account': 'account required pam_unix.so\n' }),
      '/etc/pam.d/common-account has no block of pam-auth-update’s',
    ],
  ])('refused: %s', (_case, args, state, message) => {
    const plan = () => pamAuthUpdate.plan(args, state);
    expect(plan).toThrow(CannotPlan);
    expect(plan).toThrow(message);
  });

  test('what is taken back', () => {
    const [change] = pamAuthUpdate.plan(
      { disable: ['systemd'] },
      stateOf({ ...debian, '/var/lib/pam/seen': undefined } as never),
    );
    expect(change?.saves).toHaveLength(2 * blockTypes.length);
    expect(change?.undo).toMatchObject({ text: expect.stringContaining('rm -f -- /var/lib/pam/seen') });
  });
});

test('the text of a profile', () => {
  expect(profileText('f', small)).toBe(small.replace('  requisite', '\trequisite'));
  expect(() => profileText('f', small.replace('  requisite', 'requisite'))).toThrow(
    'line 6 of the profile f is neither',
  );
  expect(() => profileText('f', 'Name: x\nDefault: no\n')).toThrow('the profile f has no line "Priority:"');
});
