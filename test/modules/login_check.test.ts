import { expect, test } from 'vitest';
import type { LoginAttempt, Outcome } from '../../engine/contract/module.ts';
import { loginCheck } from '../../engine/modules/login_check.ts';
import { Secret } from '../../engine/shell/secret.ts';

const about = { host: 'web1' };
const password = new Secret('s3cret');
const ended = (code: number, stderr = ''): Outcome => ({
  code,
  stdout: Buffer.from('out\n'),
  stderr: Buffer.from(stderr),
  timedOut: false,
});
const letIn = (seconds: number, outcome = ended(0)): LoginAttempt => ({ came: 'in', seconds, outcome });
const refused: LoginAttempt = { came: 'refused', seconds: 2.345, why: 'web1 does not let canary log in' };
const nowhere: LoginAttempt = { came: 'nowhere', seconds: 10, why: 'web1 does not answer' };

// Real logins: test/hosts/login_check.test.ts.
test.each<[title: string, more: object, attempts: readonly LoginAttempt[], failed: string | undefined]>([
  ['let in', {}, [letIn(0.2)], undefined],
  ['refused', {}, [refused], 'canary was refused after 2.35 s: web1 does not let canary log in'],
  ['no answer', {}, [nowhere], 'no login of canary came about after 10 s: web1 does not answer'],
  ['quick enough', { within: 5 }, [letIn(5)], undefined],
  ['too slow', { within: 5 }, [letIn(25.5)], 'the login of canary took 25.5 s; it may take 5'],
  [
    'the command fails',
    { command: 'false' },
    [letIn(1, ended(1, 'sudo: no\n'))],
    'canary was let in, and the command ended with status 1: out',
  ],
  [
    'the command hangs',
    {},
    [letIn(9, { ...ended(143), timedOut: true })],
    'canary was let in, and the command did not end in time',
  ],
  ['refused, as it should be', { expect: 'refused' }, [refused], undefined],
  [
    'let in, and should not be',
    { expect: 'refused' },
    [letIn(1)],
    'canary was let in after 1 s, and should have been refused',
  ],
  [
    'a host without an answer has refused nothing',
    { expect: 'refused' },
    [nowhere],
    'no login of canary came about after 10 s: web1 does not answer',
  ],
  [
    'each attempt counts',
    { expect: 'refused', attempts: 3 },
    [refused, letIn(1), refused],
    'canary was let in after 1 s, and should have been refused',
  ],
  [
    'cut short by the user',
    { expect: 'refused', attempts: 3 },
    [refused],
    'interrupted before all attempts were made',
  ],
])('%s', (_title, more, attempts, failed) => {
  const run = loginCheck.run({ user: 'canary', password, ...more }, about);
  const last = attempts.at(-1);
  const result = run.result(last?.came === 'in' ? last.outcome : ended(255), attempts);
  expect(result.failed).toBe(failed);
  expect(result.changed).toBe(false);
  expect(result.values['attempts']).toHaveLength(attempts.length);
});

test('what it logs in with, and nothing of it in words', () => {
  const run = loginCheck.run({ user: 'canary', password, attempts: 2, timeout: 9 }, about);
  expect(run.login).toEqual({ user: 'canary', password, timeout: 9, attempts: 2 });
  expect(`${run.what} ${run.script.text}`).not.toContain('s3cret');
  expect(() => loginCheck.run({ user: 'canary' }, about)).toThrow('either `password` or `private_key`');
  expect(() => loginCheck.run({ password }, about)).toThrow('say whose password or key it is');
});

test('without a user, as fettle itself', () => {
  const run = loginCheck.run({ attempts: 2, pause: 6 }, about);
  expect(run.login).toEqual({ timeout: 120, attempts: 2, pause: 6 });
  expect(run.result(ended(255), [refused, refused]).failed).toBe(
    'fettle’s own account was refused after 2.35 s: web1 does not let canary log in',
  );
});
