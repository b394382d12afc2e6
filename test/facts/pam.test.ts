import { describe, expect, test } from 'vitest';
import type { AttemptName } from '../../engine/facts/pam/attempt.ts';
import { actionsOf, isControl } from '../../engine/facts/pam/control.ts';
import { evaluate, nameOfLine } from '../../engine/facts/pam/evaluate.ts';
import { findingsOf } from '../../engine/facts/pam/findings.ts';
import { readPamText } from '../../engine/facts/pam/lines.ts';
import { configurationOf, fixture, hostWithout, oneService } from './pam/fixtures.ts';
import { handMade } from './pam/hand_made.ts';

describe('a line is read as libpam reads it', () => {
  test.each([
    ['auth required pam_unix.so nullok', [['auth', 'required', 'pam_unix.so', 'nullok']]],
    ['  # a comment\n\nauth\trequired pam_unix.so # why\n', [['auth', 'required', 'pam_unix.so']]],
    ['auth [success=1\tdefault=ignore] pam_unix.so', [['auth', 'success=1\tdefault=ignore', 'pam_unix.so']]],
    ['auth required pam_x.so [a b\\]c] d', [['auth', 'required', 'pam_x.so', 'a b]c', 'd']]],
    [
      'auth \\\n  required \\\n# between\n\n pam_unix.so\nauth',
      [['auth', 'required', 'pam_unix.so'], ['auth']],
    ],
    ['auth required pam_exec.so a#b', [['auth', 'required', 'pam_exec.so', 'a']]],
    [
      'auth [success=1 \\\n default=ignore] pam_unix.so',
      [['auth', 'success=1  default=ignore', 'pam_unix.so']],
    ],
    ['', []],
  ])('%j', (text, expected) => {
    expect(readPamText(text).lines.map(({ words }) => words.map((word) => word.text))).toEqual(expected);
  });

  test('a word tells where it stands, brackets and all', () => {
    const text = '#x\nauth [success=1 \\\n default=ignore] pam_unix.so a\nauth';
    const words = readPamText(text).lines[0]?.words ?? [];
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual([
      'auth',
      '[success=1 \\\n default=ignore]',
      'pam_unix.so',
      'a',
    ]);
  });

  test('a backslash at the end of the file spoils it', () => {
    expect(readPamText('auth required pam_unix.so \\\n').truncated).toBe(true);
    expect(readPamText('auth required pam_unix.so').truncated).toBe(false);
  });
});

describe('a control', () => {
  test.each([
    ['required', { success: 'ok', ignore: 'ignore', auth_err: 'bad', new_authtok_reqd: 'ok' }],
    ['SUFFICIENT', { success: 'done', auth_err: 'ignore', ignore: 'ignore' }],
    ['success=2 default=ignore', { success: 2, auth_err: 'ignore' }],
    ['default=die success = ok', { success: 'ok', auth_err: 'die' }],
    ['success=ok', { success: 'ok', auth_err: 'bad' }],
    ['success=0', { success: 'bad', auth_err: 'bad' }],
    ['requird', { success: 'bad' }],
  ])('%s', (control, expected) => {
    expect(actionsOf(control)).toMatchObject(expected);
  });

  test.each([
    ['required', true],
    ['success=1 default=ignore', true],
    ['constructor', false],
    ['success=maybe', false],
  ])('%s can be read: %s', (control, can) => {
    expect(isControl(control)).toBe(can);
  });
});

const verdict = (name: string, service: string, ...gone: readonly string[]) => {
  const told = evaluate(configurationOf(fixture(name)), hostWithout(...gone), service);
  return {
    in: Object.entries(told.outcomes).flatMap(([attempt, { admitted }]) =>
      admitted === 'yes' ? [attempt] : [],
    ),
    counts: told.outcomes.wrong.counts,
    resets: told.outcomes.right.resets,
    findings: findingsOf(told).map(({ kind, line }) => (line ? `${kind}: ${nameOfLine(line)}` : kind)),
  };
};

const everybody: readonly AttemptName[] = ['right', 'key', 'root', 'root_locked', 'root_key'];
const remote: readonly AttemptName[] = ['remote', 'remote_locked'];

describe('the stacks of real systems', () => {
  test('each says where it comes from', () => {
    const names = ['debian_12', 'debian_12_faillock', 'el7_authconfig', 'el7_tally2', 'el8_authselect_sssd'];
    for (const name of [...names, 'el9_authselect_faillock', 'kylin_v10', 'openeuler_22'])
      expect(fixture(name).source).toMatch(/^(?:Captured on|Constructed)/);
  });

  test.each([
    ['debian_12', [...everybody, 'locked'], { counts: 'no', resets: 'no', findings: [] }],
    ['debian_12_faillock', everybody, { counts: 'yes', resets: 'yes', findings: [] }],
    ['el7_authconfig', [...everybody, 'locked'], { counts: 'no', resets: 'no', findings: [] }],
    [
      'el8_authselect_sssd',
      [...everybody, ...remote, 'locked'],
      { counts: 'no', resets: 'no', findings: [] },
    ],
    ['el9_authselect_faillock', [...everybody, 'remote'], { counts: 'yes', resets: 'yes', findings: [] }],
  ] as const)('%s', (name, comers, rest) => {
    const { in: found, ...told } = verdict(name, 'sshd', 'pam_reauthorize.so');
    expect({ ...told, findings: told.findings.filter((one) => !one.includes('reauthorize')) }).toEqual(rest);
    expect(found.toSorted()).toEqual([...comers].toSorted());
  });

  test.each([
    'debian_12',
    'debian_12_faillock',
    'el7_authconfig',
    'el7_tally2',
    'el8_authselect_sssd',
    'el9_authselect_faillock',
    'kylin_v10',
    'openeuler_22',
  ])('%s opens a session for whoever comes in', (name) => {
    const { outcomes } = evaluate(configurationOf(fixture(name)), hostWithout(), 'sshd');
    expect([outcomes.right.session, outcomes.root_key.session, outcomes.remote.session]).toEqual(
      Array(3).fill('yes'),
    );
  });

  test('tally2 without its module lets nobody in, by key neither', () => {
    const { in: found, findings } = verdict('el7_tally2', 'sshd', 'pam_tally2.so');
    expect(found).toEqual([]);
    expect(findings[0]).toBe('total lock-out: /etc/pam.d/system-auth, line 5 (auth pam_tally2.so)');
    expect(findings).toContain(
      'module not installed: /etc/pam.d/system-auth, line 11 (account pam_tally2.so)',
    );
  });

  test('tally2 with its module counts the right password as well, and enforces its lock', () => {
    const told = evaluate(configurationOf(fixture('el7_tally2')), hostWithout(), 'sshd');
    expect(told.outcomes.right).toMatchObject({ admitted: 'yes', counts: 'yes', resets: 'yes' });
    expect(told.outcomes.locked.admitted).toBe('no');
    expect(told.outcomes.root_locked.admitted).toBe('no');
    expect(told.outcomes.remote.admitted).toBe('yes');
  });

  test('openEuler locks root as well, and Kylin adds dead lines of tally2', () => {
    const open = verdict('openeuler_22', 'login');
    expect(open).toMatchObject({
      in: [],
      findings: ['total lock-out: /etc/pam.d/other, line 2 (auth pam_deny.so)'],
    });
    const told = verdict('openeuler_22', 'sshd', 'pam_reauthorize.so');
    expect(told.in).toEqual(['right', 'key', 'root', 'root_key', 'remote']);
    expect(told).toMatchObject({ counts: 'yes', resets: 'yes' });
    expect(verdict('kylin_v10', 'sshd', 'pam_tally2.so').in).toEqual([]);
  });

  test('where there is no SSSD, nobody of it is shut out', () => {
    expect(
      verdict('el8_authselect_sssd', 'sshd', 'pam_reauthorize.so', 'pam_sss.so').findings,
    ).not.toContainEqual(expect.stringContaining('remote users locked out'));
  });

  test('a service without a file is judged by other', () => {
    const told = evaluate(configurationOf(fixture('el7_authconfig')), hostWithout(), 'nothing');
    expect(findingsOf(told)[0]?.kind).toBe('total lock-out');
  });
});

describe('stacks made by hand', () => {
  test.each(handMade)('%s', (_title, text, expected) => {
    const told = evaluate(oneService(text), hostWithout(), 'login');
    const found = findingsOf(told).map(({ kind, line }) => (line ? `${kind}: ${nameOfLine(line)}` : kind));
    expect(found).toEqual(expected);
  });

  test('a module with a proof of its own lets nobody in without it', () => {
    const { outcomes } = evaluate(
      oneService(
        'auth sufficient pam_radius_auth.so\nauth required pam_deny.so\naccount required pam_permit.so\n',
      ),
      { modules: null, rootIsLocked: false },
      'login',
    );
    expect([outcomes.right.admitted, outcomes.wrong.admitted]).toEqual(['perhaps', 'no']);
  });

  test('a jump counts for credentials where libpam is not Debian’s', () => {
    const text = `auth required pam_env.so
auth [success=done user_unknown=1 default=die] pam_sss.so forward_pass
auth requisite pam_deny.so
auth sufficient pam_unix.so nullok
auth required pam_deny.so
account required pam_permit.so
`;
    const { outcomes } = evaluate(oneService(text), hostWithout(), 'login');
    expect([outcomes.right.admitted, outcomes.right.by.type, outcomes.right.by.code]).toEqual([
      'no',
      'setcred',
      'user_unknown',
    ]);
    expect(outcomes.remote.admitted).toBe('yes');
    const debian = evaluate({ ...oneService(text), atInclude: true }, hostWithout(), 'login');
    expect(debian.outcomes.right.admitted).toBe('yes');
  });

  test('many modules that nobody knows are judged at once', () => {
    const strange = Array.from({ length: 20 }, (_, index) => `auth optional pam_strange${index}.so\n`);
    const { outcomes } = evaluate(
      oneService(`${strange.join('')}auth required pam_unix.so\naccount required pam_permit.so\n`),
      { modules: null, rootIsLocked: false },
      'login',
    );
    expect([outcomes.right.admitted, outcomes.wrong.admitted]).toEqual(['yes', 'no']);
  });

  test('a second proof that may be missing lets those in who have none', () => {
    const { outcomes } = evaluate(
      oneService('auth required pam_google_authenticator.so nullok\naccount required pam_permit.so\n'),
      { modules: null, rootIsLocked: false },
      'login',
    );
    expect([outcomes.right.admitted, outcomes.wrong.admitted]).toEqual(['perhaps', 'perhaps']);
  });

  test('a module that nobody knows may do either', () => {
    const { outcomes } = evaluate(
      oneService(
        'auth sufficient pam_strange.so\nauth required pam_unix.so\naccount required pam_permit.so\n',
      ),
      { modules: null, rootIsLocked: false },
      'login',
    );
    expect([outcomes.right.admitted, outcomes.wrong.admitted]).toEqual(['yes', 'perhaps']);
  });
});
