import { describe, expect, test } from 'vitest';
import { pam } from '../../engine/modules/pam.ts';
import type { PamArgs } from '../../engine/modules/pam/arguments.ts';
import { fixture } from '../facts/pam/fixtures.ts';
import { planned } from './package_states.ts';
import { stateOf } from './pam/state.ts';

type Edit = Omit<PamArgs, 'service' | 'path'>;

const other = 'auth required pam_deny.so\naccount required pam_deny.so\n';

/** The text of /etc/pam.d/login after edits, one after the other; each must find nothing more to do. */
function edited(text: string, ...edits: readonly Edit[]): string {
  return edits.reduce((now, edit) => {
    const args = { service: 'login', ...edit };
    const files = (login: string) => ({ '/etc/pam.d/login': login, '/etc/pam.d/other': other });
    const state = stateOf(files(now), '/etc/pam.d/login');
    const [change] = pam.plan(args, state);
    const [blob] = change?.sends ?? [];
    if (blob?.kind !== 'bytes' || !Buffer.isBuffer(blob.bytes)) return now;
    const next = blob.bytes.toString('latin1');
    expect(pam.plan(args, stateOf(files(next), '/etc/pam.d/login')).map(({ what }) => what)).toEqual([]);
    return next;
  }, text);
}

const account = 'account required pam_unix.so\n';

const cases: readonly (readonly [string, string, Edit, string])[] = [
  [
    'arguments are added, replaced and taken out, all else stays byte for byte',
    '#%PAM-1.0\r\n\n  auth\trequired   pam_unix.so  nullok\tdeny=3 # why\n',
    { module: 'pam_unix', args_present: ['deny=5', 'try_first_pass'], args_absent: ['nullok'] },
    '#%PAM-1.0\r\n\n  auth\trequired   pam_unix.so  deny=5\ttry_first_pass # why\n',
  ],
  [
    'an argument is appended where the others stand',
    'auth required pam_unix.so \\\n   nullok\n',
    { module: 'pam_unix.so', args_present: ['audit'] },
    'auth required pam_unix.so \\\n   nullok audit\n',
  ],
  [
    'args is all of them',
    'auth required pam_unix.so nullok audit\n',
    { module: 'pam_unix.so', args: ['audit', 'a b]c'] },
    'auth required pam_unix.so audit [a b\\]c]\n',
  ],
  [
    'no arguments at all',
    'auth required pam_unix.so nullok audit # x\n',
    { module: 'pam_unix.so', args: [] },
    'auth required pam_unix.so # x\n',
  ],
  [
    'the values of all lines of faillock, whatever path they name it by',
    `auth required /lib64/security/pam_faillock.so preauth deny=3
auth sufficient pam_unix.so
auth [default=die] pam_faillock.so authfail deny=3 unlock_time=60
${account}`,
    {
      type: 'auth',
      module: 'pam_faillock.so',
      state: 'updated',
      args_present: ['deny=5', 'unlock_time=900'],
    },
    `auth required /lib64/security/pam_faillock.so preauth deny=5 unlock_time=900
auth sufficient pam_unix.so
auth [default=die] pam_faillock.so authfail deny=5 unlock_time=900
${account}`,
  ],
  [
    'a control that means the same stays as it is written',
    `auth [success=ok new_authtok_reqd=ok ignore=ignore default=bad] pam_unix.so\n${account}`,
    { type: 'auth', module: 'pam_unix.so', control: 'required', before: 'all' },
    `auth [success=ok new_authtok_reqd=ok ignore=ignore default=bad] pam_unix.so\n${account}`,
  ],
  [
    'a new line is laid out as its neighbour',
    `auth        required      pam_env.so\nauth        sufficient    pam_unix.so nullok\nauth        required      pam_deny.so\n${account}`,
    {
      type: 'auth',
      module: 'pam_faillock.so',
      control: 'required',
      args: ['preauth', 'deny=5'],
      before: 'passwords',
    },
    `auth        required      pam_env.so\nauth        required      pam_faillock.so preauth deny=5\nauth        sufficient    pam_unix.so nullok\nauth        required      pam_deny.so\n${account}`,
  ],
  [
    'tabs as well, and at the end of a file without a line end',
    `auth\tsufficient\tpam_unix.so\naccount\trequired\tpam_unix.so`,
    { type: 'account', module: 'pam_access.so', control: 'required', after: 'all' },
    `auth\tsufficient\tpam_unix.so\naccount\trequired\tpam_unix.so\naccount\trequired\tpam_access.so\n`,
  ],
  [
    'above the lines that guard the password modules by jumps',
    `auth required pam_env.so
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_deny.so
${account}`,
    { type: 'auth', module: 'pam_faillock.so', control: 'required', args: ['preauth'], before: 'passwords' },
    `auth required pam_env.so
auth required pam_faillock.so preauth
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_deny.so
${account}`,
  ],
  [
    'above and below what takes another proof in place of a password',
    `auth required pam_env.so
auth sufficient pam_fprintd.so
auth sufficient pam_unix.so nullok
auth sufficient pam_u2f.so
auth required pam_deny.so
${account}`,
    { type: 'auth', module: 'pam_faillock.so', control: 'required', args: ['preauth'], before: 'passwords' },
    `auth required pam_env.so
auth required pam_faillock.so preauth
auth sufficient pam_fprintd.so
auth sufficient pam_unix.so nullok
auth sufficient pam_u2f.so
auth required pam_deny.so
${account}`,
  ],
  [
    'who jumps just to where authfail comes, comes to it',
    `auth required pam_faillock.so preauth
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_deny.so
${account}`,
    { type: 'auth', module: 'pam_faillock.so', control: 'required', args: ['authfail'], after: 'passwords' },
    `auth required pam_faillock.so preauth
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_faillock.so authfail
auth required pam_deny.so
${account}`,
  ],
  [
    'a line between a jump and where it leads makes it longer',
    `auth [success=1 default=ignore] pam_unix.so
auth requisite pam_deny.so
auth required pam_permit.so
${account}`,
    {
      type: 'auth',
      module: 'pam_faillock.so',
      control: '[default=die]',
      args: ['authfail'],
      after: 'passwords',
    },
    `auth [success=2 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail
auth requisite pam_deny.so
auth required pam_permit.so
${account}`,
  ],
  [
    'lines of other types do not count, included ones do',
    `auth [success=2 default=ignore] pam_unix.so
session required pam_unix.so
auth include other
auth requisite pam_deny.so
auth required pam_permit.so
${account}`,
    {
      type: 'auth',
      module: 'pam_faillock.so',
      control: '[default=die]',
      args: ['authfail'],
      before: 'pam_deny.so',
    },
    `auth [success=3 default=ignore] pam_unix.so
session required pam_unix.so
auth include other
auth [default=die] pam_faillock.so authfail
auth requisite pam_deny.so
auth required pam_permit.so
${account}`,
  ],
  [
    'a line that goes makes it shorter, and a jump over nothing is none',
    `auth [success=1 default=ignore] pam_succeed_if.so user = root
auth optional pam_tally2.so
auth [success=2 default=bad] pam_unix.so
auth optional pam_tally2.so file=/x
auth [default=die] pam_deny.so
auth required pam_permit.so
account optional pam_tally2.so
${account}session optional pam_tally2.so
`,
    { type: ['auth', 'account'], module: 'pam_tally2.so', state: 'absent' },
    `auth [success=ignore default=ignore] pam_succeed_if.so user = root
auth [success=1 default=bad] pam_unix.so
auth [default=die] pam_deny.so
auth required pam_permit.so
${account}session optional pam_tally2.so
`,
  ],
  [
    'only the line with the arguments that are named goes',
    `auth required pam_faillock.so preauth\nauth sufficient pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth required pam_deny.so\n${account}`,
    { type: 'auth', module: 'pam_faillock.so', matching: ['authfail'], state: 'absent' },
    `auth required pam_faillock.so preauth\nauth sufficient pam_unix.so\nauth required pam_deny.so\n${account}`,
  ],
  [
    'a line that stands elsewhere is moved as it is',
    `auth sufficient pam_unix.so\nauth  required  pam_faillock.so preauth  # ours\nauth required pam_deny.so\n${account}`,
    { type: 'auth', module: 'pam_faillock.so', matching: ['preauth'], before: 'passwords' },
    `auth  required  pam_faillock.so preauth  # ours\nauth sufficient pam_unix.so\nauth required pam_deny.so\n${account}`,
  ],
  [
    'a broken stack is mended step by step',
    `auth required pam_gone.so\nauth sufficient pam_unix.so\nauth required pam_deny.so\naccount required pam_gone.so\n${account}`,
    { type: 'auth', module: 'pam_gone.so', state: 'absent' },
    `auth sufficient pam_unix.so\nauth required pam_deny.so\naccount required pam_gone.so\n${account}`,
  ],
];

describe('what is edited', () => {
  test.each(cases)('%s', (_title, before, edit, after) => {
    expect(edited(before, edit)).toBe(after);
  });

  test('the seed’s change of EL7 made by meaning: tally2 goes, faillock comes', () => {
    const path = '/etc/pam.d/system-auth';
    const policy = ['audit', 'deny=5', 'unlock_time=900'];
    const edits: readonly Edit[] = [
      { type: ['auth', 'account'], module: 'pam_tally2.so', state: 'absent' },
      {
        type: 'auth',
        module: 'pam_faillock.so',
        control: 'required',
        args: ['preauth', 'silent', ...policy],
        before: 'passwords',
      },
      {
        type: 'auth',
        module: 'pam_faillock.so',
        control: 'required',
        args: ['authfail', ...policy],
        after: 'passwords',
        before: 'pam_deny.so',
      },
      { type: 'account', module: 'pam_faillock.so', control: 'required', before: 'pam_unix.so' },
    ];
    let { files } = fixture('el7_tally2');
    const said: string[] = [];
    for (const edit of edits) {
      const [change] = pam.plan({ service: 'system-auth', ...edit }, stateOf(files, path, ['pam_tally2.so']));
      const [blob] = change?.sends ?? [];
      said.push(change?.what ?? '');
      if (blob?.kind === 'bytes') files = { ...files, [path]: String(blob.bytes) };
    }
    expect(said[0]).toContain('take out "auth required pam_tally2.so deny=5');
    const lines = String(files[path]).split('\n');
    expect(lines.slice(2, 17)).toEqual([
      'auth        required      pam_env.so',
      'auth        required      pam_faildelay.so delay=2000000',
      'auth        required      pam_faillock.so preauth silent audit deny=5 unlock_time=900',
      'auth        sufficient    pam_unix.so nullok try_first_pass',
      'auth        requisite     pam_succeed_if.so uid >= 1000 quiet_success',
      'auth        sufficient    pam_sss.so forward_pass',
      'auth        required      pam_faillock.so authfail audit deny=5 unlock_time=900',
      'auth        required      pam_deny.so',
      '',
      'account     required      pam_faillock.so',
      'account     required      pam_unix.so broken_shadow',
      'account     sufficient    pam_localuser.so',
      'account     sufficient    pam_succeed_if.so uid < 1000 quiet',
      'account     [default=bad success=ok user_unknown=ignore] pam_sss.so',
      'account     required      pam_permit.so',
    ]);
    const state = stateOf(files, path, ['pam_tally2.so']);
    const told = pam.result?.({ service: 'system-auth', module: 'pam_faillock.so' }, state);
    expect(told).toMatchObject({
      lines: [{ number: 5 }, { number: 9 }, { number: 12 }],
      services: {
        sshd: {
          admitted: { right: 'yes', wrong: 'no', locked: 'no', root: 'yes', remote: 'yes' },
          findings: [],
        },
      },
    });
  });
});

/** What is said of an edit of a service of a system. */
const refused = (
  name: string,
  args: PamArgs,
  gone: readonly string[] = [],
  writers: readonly 'authconfig'[] = [],
) => planned(() => pam.plan(args, stateOf(fixture(name).files, `/etc/pam.d/${args.service}`, gone, writers)));

describe('what is refused', () => {
  test.each([
    [
      'el7_tally2',
      { service: 'system-auth', type: 'auth', module: 'pam_gone.so', control: 'required', before: 'all' },
      'a user with the right password would no longer get into sshd: refused at /etc/pam.d/system-auth, line 3 (auth pam_gone.so) (module_unknown)',
      'the module pam_gone.so is not installed on this host',
    ],
    [
      'el7_tally2',
      { service: 'system-auth', type: 'session', module: 'pam_gone.so', control: 'required', before: 'all' },
      'a user with the right password would no longer get a session of sshd: refused at /etc/pam.d/system-auth, line 22 (session pam_gone.so) (module_unknown)',
      'the module pam_gone.so is not installed on this host',
    ],
    [
      'el7_tally2',
      { service: 'system-auth', type: 'account', module: 'pam_deny.so', control: 'required', before: 'all' },
      'a user with the right password would no longer get into sshd: refused at /etc/pam.d/system-auth, line 11 (account pam_deny.so) (auth_err)',
      'change the lines in another order, or say accept: [right] where that is meant',
    ],
    [
      'el7_tally2',
      {
        service: 'system-auth',
        type: 'auth',
        module: 'pam_permit.so',
        control: 'sufficient',
        before: 'passwords',
      },
      'a user with a wrong password would get into sshd: let in at /etc/pam.d/system-auth, line 6 (auth pam_permit.so)',
      undefined,
    ],
    [
      'el7_tally2',
      {
        service: 'system-auth',
        type: 'auth',
        module: 'pam_strange.so',
        control: 'sufficient',
        before: 'passwords',
        services: ['sshd'],
      },
      'a user with a wrong password might get into sshd: let in at /etc/pam.d/system-auth, line 6 (auth pam_strange.so)',
      undefined,
    ],
    [
      'el7_tally2',
      { service: 'system-auth', type: 'auth', module: 'pam_deny.so', state: 'absent' },
      'a user with a wrong password would get into sshd: let in at /etc/pam.d/system-auth, line 5 (auth pam_tally2.so)',
      'change the lines in another order, or say accept: [wrong] where that is meant',
    ],
    [
      'el9_authselect_faillock',
      {
        service: 'system-auth',
        type: 'auth',
        module: 'pam_faillock.so',
        matching: ['preauth'],
        state: 'absent',
      },
      '/etc/pam.d/system-auth is written by authselect (/etc/authselect/system-auth), and would no longer be intact',
      'choose a feature or a profile of your own with the module `authselect`',
    ],
    [
      'openeuler_22',
      {
        service: 'system-auth',
        type: 'auth',
        module: 'pam_faillock.so',
        matching: ['preauth'],
        state: 'absent',
      },
      'a locked user with the right password would get into sshd: the lock is no longer enforced, let in at /etc/pam.d/system-auth, line 5 (auth pam_unix.so)',
      'keep pam_faillock.so preauth before the first module that asks for a password',
    ],
    [
      'openeuler_22',
      {
        service: 'system-auth',
        type: 'auth',
        module: 'pam_succeed_if.so',
        control: 'requisite',
        args: ['uid', '>=', '1000'],
        before: 'passwords',
      },
      'root with the right password would no longer get into sshd: refused at /etc/pam.d/system-auth, line 5 (auth pam_succeed_if.so) (auth_err)',
      'change the lines in another order, or say accept: [root] where that is meant',
    ],
    [
      'openeuler_22',
      { service: 'system-auth', type: 'auth', module: 'pam_cap.so', control: 'optional', after: 'all' },
      '/etc/pam.d/system-auth, line 12 (auth pam_cap.so) would never be reached: lines above it end each way',
      'put it further up',
    ],
    [
      'debian_12_faillock',
      { service: 'common-auth', type: 'auth', module: 'pam_unix.so', args_absent: ['nullok'] },
      'the change of /etc/pam.d/common-auth is within the block that pam-auth-update writes, which would then refuse to work',
      undefined,
    ],
    [
      'debian_12_faillock',
      { service: 'sshd', type: 'auth', module: 'pam_cap.so', control: 'optional', before: 'passwords' },
      'no line of /etc/pam.d/sshd itself asks for a password',
      'name a line that it has, or edit the file that it includes',
    ],
  ] as const)('%s: %j', (name, args, why, next) => {
    const answer = refused(name, args as unknown as PamArgs);
    expect(answer).toMatchObject({ ...(why ? { why } : {}), ...(next ? { next } : {}) });
  });

  test('authconfig’s files, with what would be lost, unless that is meant', () => {
    const args: PamArgs = {
      service: 'system-auth',
      type: 'auth',
      module: 'pam_unix.so',
      args_present: ['audit'],
    };
    expect(refused('el7_authconfig', args, [], ['authconfig'])).toMatchObject({
      why: '/etc/pam.d/system-auth-ac is written by authconfig: its next run writes all 17 lines anew, and this change would be lost',
    });
    const meant = [
      '/etc/pam.d/system-auth: "auth sufficient pam_unix.so nullok try_first_pass" → "auth sufficient pam_unix.so nullok try_first_pass audit"; "account required pam_unix.so" → "account required pam_unix.so audit"',
    ];
    expect(refused('el7_authconfig', { ...args, authconfig: 'edit' }, [], ['authconfig'])).toEqual([
      meant[0]?.split('; ')[0],
    ]);
    expect(refused('el7_authconfig', args)).toEqual([meant[0]?.split('; ')[0]]);
  });

  test('files with authselect’s comment are its own while one of its profiles is selected', () => {
    const files = { '/etc/pam.d/login': `# Generated by authselect\nauth required pam_unix.so\n${account}` };
    const args: PamArgs = { service: 'login', type: 'auth', module: 'pam_unix.so', args_present: ['audit'] };
    const plan = (writers: readonly 'authselect'[]) => () =>
      pam.plan(args, stateOf(files, '/etc/pam.d/login', [], writers));
    expect(plan(['authselect'])).toThrow('/etc/pam.d/login is written by authselect');
    expect(plan([])()).toHaveLength(1);
  });

  test('what is meant is accepted', () => {
    const args: PamArgs = {
      service: 'system-auth',
      type: 'auth',
      module: 'pam_succeed_if.so',
      control: 'requisite',
      before: 'passwords',
      accept: ['root', 'root_locked'],
    };
    expect(refused('openeuler_22', args)).toEqual([
      '/etc/pam.d/system-auth: move "auth requisite pam_succeed_if.so uid >= 1000 quiet_success"',
    ]);
  });

  test('outside pam-auth-update’s block lines may come', () => {
    const path = '/etc/pam.d/common-auth';
    const args: PamArgs = {
      service: 'common-auth',
      type: 'auth',
      module: 'pam_env.so',
      control: 'required',
      before: 'all',
    };
    const [change] = pam.plan(args, stateOf(fixture('debian_12').files, path));
    const [blob] = change?.sends ?? [];
    const text = blob?.kind === 'bytes' ? String(blob.bytes) : '';
    expect(text).toContain(
      '\nauth\trequired\tpam_env.so\n# here are the per-package modules (the "Primary" block)\n',
    );
  });

  test.each([
    [{ module: 'pam_unix.so' }, 'one of `service` and `path` says which file is meant'],
    [
      { service: 'sshd', module: 'pam_unix.so', control: '[success=maybe]' },
      'libpam cannot read the control [success=maybe], and would refuse everybody there',
    ],
    [
      { service: 'sshd', module: 'pam_unix.so', control: 'required', state: 'absent' },
      '`control` and arguments are not for state: absent',
    ],
    [{ service: 'gone', module: 'pam_unix.so' }, '/etc/pam.d/gone does not exist'],
    [
      { service: 'sshd', module: 'pam_unix.so' },
      'there is no line of pam_unix.so in /etc/pam.d/sshd, and `type` does not name one stack for it',
    ],
    [
      { service: 'sshd', type: 'auth', module: 'pam_unix.so' },
      'there is no line of pam_unix.so in auth of /etc/pam.d/sshd',
    ],
    [
      { service: 'sshd', type: 'auth', module: 'pam_unix.so', control: 'required' },
      'it is not said where the line of pam_unix.so goes',
    ],
  ] satisfies readonly (readonly [PamArgs, string])[])('%j', (args, why) => {
    expect(refused('el7_tally2', args)).toMatchObject({ why });
  });
});
