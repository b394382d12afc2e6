import { type Static, Type } from 'typebox';
import { CannotPlan } from '../contract/change.ts';
import type { Action, ActionResult, LoginAttempt, Outcome } from '../contract/module.ts';
import { type Local, localPath } from '../contract/schema.ts';
import { sh } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';

const args = Type.Object(
  {
    user: Type.Optional(
      Type.String({
        pattern: '^[^-\\s\\p{Cc}][^\\s\\p{Cc}]*$',
        description:
          'Who logs in; an attempt counts for or against the account. Left out: fettle’s own account, as it logs in itself, with its keys, agent or password.',
        errorMessage: 'must be the name of a user',
      }),
    ),
    password: Type.Optional(
      Type.String({ minLength: 1, description: 'The password that is tried. Give it as a secret variable.' }),
    ),
    private_key: Type.Optional(localPath('The private key that is tried; a file on the controller.')),
    passphrase: Type.Optional(Type.String({ minLength: 1, description: 'What opens the private key.' })),
    expect: Type.Optional(
      Type.Union([Type.Literal('accepted'), Type.Literal('refused')], {
        default: 'accepted',
        description:
          '`accepted`: the login must come to a shell. `refused`: the host must ask for a proof and turn this one down; a host that cannot be reached has refused nothing.',
      }),
    ),
    within: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'Seconds that a login may take until its command has run; a slower one has failed.',
      }),
    ),
    timeout: Type.Optional(
      Type.Number({
        minimum: 1,
        default: 120,
        description:
          'Seconds after which an attempt is given up. Above what a login costs while logind is broken (90).',
      }),
    ),
    attempts: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 1,
        description: 'How often, each time over a new connection; each must end as expected.',
      }),
    ),
    pause: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 600,
        description:
          'Seconds between two attempts: sshd since OpenSSH 9.8 shuts out an address that fails too often in a row (PerSourcePenalties).',
      }),
    ),
    command: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'What is run after the login, by sh; it must end with status 0: `sudo -n true`.',
      }),
    ),
  },
  { additionalProperties: false },
);

type LoginCheckArgs = Omit<Static<typeof args>, 'password' | 'passphrase' | 'private_key'> & {
  readonly password?: string | Secret;
  readonly passphrase?: string | Secret;
  readonly private_key?: Local;
};

/** Tries a new login as a user. */
export const loginCheck: Action<LoginCheckArgs> = {
  kind: 'action',
  name: 'login_check',
  summary: 'Logs in anew as a user, by password or key, and says whether that is as expected.',
  args,
  notes: [
    'Each attempt is an SSH connection of its own, made from the controller with this password or key alone: no agent, no other key; but where `user` is left out, as fettle’s own connection is. The host’s address, port, jump hosts and known key are those of the inventory.',
    'It leaves what a login leaves: rows in wtmp and lastlog, a session of logind, a failure in the tally of pam_faillock. A login by key clears that tally in Linux-PAM before 1.7.2, so try with an account made for it.',
    'In check mode nobody logs in.',
    'The register has `seconds` (of the slowest attempt), `attempts` (each with `came`: in, refused or nowhere, `seconds`, `why`), and `rc` and `stdout` of the last command.',
  ],
  reads: () => true,
  run(wanted) {
    const { user, password, private_key, passphrase, timeout = 120, attempts = 1, pause, command } = wanted;
    if (user === undefined && (password ?? private_key) !== undefined)
      throw new CannotPlan('say whose password or key it is, in `user`', {
        next: 'without `user`, fettle logs in as it does itself',
      });
    if (user !== undefined && (password === undefined) === (private_key === undefined))
      throw new CannotPlan('give either `password` or `private_key`');
    if (private_key?.kind === 'folder') throw new CannotPlan(`${private_key.path} is a folder, and no key`);
    return {
      what: user === undefined ? 'log in anew' : `log in as ${user}`,
      script: command === undefined ? sh`:` : sh`sh -c ${command}`,
      touches: '*',
      undo: { impossible: 'a login cannot be taken back' },
      login: {
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password: secret(password) }),
        ...(private_key === undefined ? {} : { privateKeyFile: private_key.path }),
        ...(passphrase === undefined ? {} : { passphrase: secret(passphrase) }),
        timeout,
        attempts,
        ...(pause === undefined ? {} : { pause }),
      },
      result: (outcome, tried = []) => judge(wanted, outcome, tried),
    };
  },
};

function secret(value: string | Secret): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

function judge(wanted: LoginCheckArgs, outcome: Outcome, tried: readonly LoginAttempt[]): ActionResult {
  const bad = tried.map((attempt) => wrong(wanted, attempt)).find((why) => why !== null);
  const isCut = tried.length < (wanted.attempts ?? 1);
  const failed = bad ?? (isCut ? 'interrupted before all attempts were made' : undefined);
  return {
    changed: false,
    ...(failed === undefined ? {} : { failed }),
    values: {
      seconds: Math.max(0, ...tried.map(({ seconds }) => round(seconds))),
      attempts: tried.map((attempt) => ({
        came: attempt.came,
        seconds: round(attempt.seconds),
        why: 'why' in attempt ? attempt.why : '',
      })),
      rc: outcome.code,
      stdout: outcome.stdout.toString('utf8'),
    },
  };
}

/** Why an attempt is not what was expected, or null. */
function wrong(
  { user = 'fettle’s own account', expect = 'accepted', within }: LoginCheckArgs,
  attempt: LoginAttempt,
): string | null {
  const took = `after ${round(attempt.seconds)} s`;
  if (attempt.came === 'nowhere') return `no login of ${user} came about ${took}: ${attempt.why}`;
  if (attempt.came === 'refused')
    return expect === 'refused' ? null : `${user} was refused ${took}: ${attempt.why}`;
  if (expect === 'refused') return `${user} was let in ${took}, and should have been refused`;
  const { code, stdout, stderr, timedOut } = attempt.outcome;
  if (timedOut) return `${user} was let in, and the command did not end in time`;
  if (code !== 0) {
    const said = `${stderr.toString('utf8')}\n${stdout.toString('utf8')}`.trim().split('\n').at(-1) ?? '';
    return `${user} was let in, and the command ended with status ${code}${said && `: ${said.slice(0, 300)}`}`;
  }
  if (within !== undefined && attempt.seconds > within)
    return `the login of ${user} took ${round(attempt.seconds)} s; it may take ${within}`;
  return null;
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
