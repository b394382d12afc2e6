import { type Static, Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';

/** The file that pam_faillock reads where it reads any. */
export const defaultConf = '/etc/security/faillock.conf';

/** The files in which its lines are, on the systems that are served. */
export const usualFiles = [
  '/etc/pam.d/system-auth',
  '/etc/pam.d/password-auth',
  '/etc/pam.d/common-auth',
  '/etc/pam.d/common-account',
] as const;

// pam_faillock ignores a number above this: MAX_TIME_INTERVAL.
const longest = 604_800;

/** Seconds, or `never`. */
const time = Type.Union([Type.Integer({ minimum: 0, maximum: longest }), Type.Literal('never')]);

/** The options that can be set, each with its schema. */
export const options = {
  deny: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: 'How many failures within `fail_interval` lock a user. 3 where it is not set.',
    }),
  ),
  fail_interval: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: longest,
      description: 'Seconds within which failures add up. 900 where it is not set.',
    }),
  ),
  unlock_time: Type.Optional(
    Type.Union(time.anyOf, {
      description:
        'Seconds from the last failure that counts until a locked user may try again; `never` or 0: by hand. 600 where it is not set.',
    }),
  ),
  root_unlock_time: Type.Optional(
    Type.Union(time.anyOf, {
      description: 'The same for root. It locks root too, as `even_deny_root` does; keep it short.',
    }),
  ),
  even_deny_root: Type.Optional(Type.Boolean({ description: 'Whether root is locked too.' })),
  silent: Type.Optional(
    Type.Boolean({ description: 'Whether a locked user is told nothing of it; counts on preauth lines.' }),
  ),
  audit: Type.Optional(
    Type.Boolean({
      description:
        'Whether names of users that do not exist are logged. A password that was typed as a name is among them.',
    }),
  ),
  no_log_info: Type.Optional(
    Type.Boolean({ description: 'Whether it keeps from logging what only informs.' }),
  ),
  local_users_only: Type.Optional(
    Type.Boolean({ description: 'Whether only users of /etc/passwd are counted. Linux-PAM 1.4, RHEL 8.2.' }),
  ),
  nodelay: Type.Optional(
    Type.Boolean({ description: 'Whether a failure is answered without delay. Linux-PAM 1.5.' }),
  ),
  admin_group: Type.Optional(
    Type.String({
      pattern: '^[^\\s#=\\[\\]\\\\\\p{Cc}]+$',
      description: 'A group whose members are treated as root is. Linux-PAM 1.4, RHEL 8.2.',
    }),
  ),
  dir: Type.Optional(
    Type.String({
      pattern: '^/[^\\s#\\[\\]\\\\\\p{Cc}]*$',
      errorMessage: 'must be an absolute path without blanks',
      description:
        'Where failures are kept, /var/run/faillock where it is not set, which a boot empties. With SELinux another one needs the type faillog_t.',
    }),
  ),
} as const;

export type Option = keyof typeof options;
export const optionNames = Object.keys(options) as readonly Option[];

/** The schema of `faillock`. */
export const faillockArguments = Type.Object(
  {
    ...options,
    unset: Type.Optional(
      Type.Array(Type.Enum([...optionNames] as [Option, ...Option[]]), {
        description: 'Options that are to be set nowhere.',
      }),
    ),
    path: Type.Optional(
      Type.String({
        ...hostPath('The file that pam_faillock reads, where it reads one; made where it is not there.'),
        default: defaultConf,
      }),
    ),
    files: Type.Optional(
      Type.Array(hostPath('A file.'), {
        minItems: 1,
        default: [...usualFiles],
        description:
          'Files of PAM whose pam_faillock lines are kept in step; those that are not there do not matter.',
      }),
    ),
    user: Type.Optional(
      Type.String({
        pattern: '^[^-\\s/\\p{Cc}][^\\s/\\p{Cc}]*$',
        errorMessage: 'must be the name of a user',
        description: 'A user whose failures are told in the register, or forgotten with `state: reset`.',
      }),
    ),
    state: Type.Optional(
      Type.Enum(['present', 'reset'], {
        default: 'present',
        description: '`reset`: `user` has no failure on record, and so is not locked.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type FaillockArgs = Static<typeof faillockArguments>;

/** What an option is to be: its value, `true` for a flag, null: not set. */
export type Wanted = ReadonlyMap<Option, string | true | null>;

/** The options that are asked for. */
export function wantedOf(args: FaillockArgs): Wanted {
  const wanted = new Map<Option, string | true | null>();
  for (const option of optionNames) {
    const value = args[option];
    if (value !== undefined)
      wanted.set(option, value === false ? null : value === true ? true : String(value));
  }
  for (const option of args.unset ?? []) if (!wanted.has(option)) wanted.set(option, null);
  return wanted;
}

/** Whether two values of an option mean the same. */
export function sameValue(one: string | true | null, other: string | true | null): boolean {
  const plain = (value: string | true | null) => (value === '0' ? 'never' : value);
  return plain(one) === plain(other);
}
