import { Type } from 'typebox';
import type { Secret } from '../../shell/secret.ts';

/** What user takes. */
export interface UserArgs {
  readonly name: string;
  readonly state?: 'present' | 'absent';
  readonly uid?: number;
  readonly non_unique?: boolean;
  readonly group?: string;
  readonly groups?: string | readonly string[];
  readonly append?: boolean;
  readonly comment?: string;
  readonly home?: string;
  readonly create_home?: boolean;
  readonly move_home?: boolean;
  readonly shell?: string;
  readonly system?: boolean;
  readonly password?: string | Secret;
  readonly update_password?: 'always' | 'on_create';
  readonly password_lock?: boolean;
  readonly expires?: number;
  readonly remove?: boolean;
  readonly force?: boolean;
  readonly local?: boolean;
}

const field = '[^:\\r\\n\\u0000]*$';
const groupName = '^[A-Za-z0-9_][A-Za-z0-9_.-]*$';

/** The schema of its arguments. */
export const userArguments = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,31}$',
      description: 'The name.',
      errorMessage: 'must be a name of letters, digits and _ . -, at most 32',
    }),
    state: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        default: 'present',
        description: 'Whether the user is there.',
      }),
    ),
    uid: Type.Optional(Type.Integer({ minimum: 0, maximum: 4294967294, description: 'The number.' })),
    non_unique: Type.Optional(
      Type.Boolean({ description: 'The number may be that of another user; needs `uid`.' }),
    ),
    group: Type.Optional(
      Type.String({
        pattern: groupName,
        description:
          'The primary group, by name or number. By itself a new user gets a group of its own name.',
        errorMessage: 'must be the name or number of a group',
      }),
    ),
    groups: Type.Optional(
      Type.Union(
        [
          Type.String({ pattern: '^[A-Za-z0-9_.,-]*$' }),
          Type.Array(Type.String({ pattern: groupName, errorMessage: 'must be the name of a group' })),
        ],
        {
          description:
            'The other groups, a list or names with commas between. The user leaves all that are not named, unless `append`.',
          errorMessage: 'must be names of groups',
        },
      ),
    ),
    append: Type.Optional(
      Type.Boolean({ description: 'The user stays in groups that `groups` does not name.' }),
    ),
    comment: Type.Optional(
      Type.String({
        pattern: `^${field}`,
        description: 'Who it is (GECOS).',
        errorMessage: 'must be one line without colons',
      }),
    ),
    home: Type.Optional(
      Type.String({
        pattern: `^/${field}`,
        description: "The home. By itself a new user's lies in the host's usual folder.",
        errorMessage: 'must be an absolute path without colons',
      }),
    ),
    create_home: Type.Optional(
      Type.Boolean({ default: true, description: 'Make the home where there is none, from the skeleton.' }),
    ),
    move_home: Type.Optional(
      Type.Boolean({ description: 'Where `home` is another, take along what is in the old one.' }),
    ),
    shell: Type.Optional(
      Type.String({
        pattern: `^(/${field}|$)`,
        description: 'The login shell.',
        errorMessage: 'must be an absolute path without colons',
      }),
    ),
    system: Type.Optional(Type.Boolean({ description: 'A new user gets a number of those for the system.' })),
    password: Type.Optional(
      Type.String({
        description:
          'The password as crypt(5) writes it (`$6$…`, `$y$…`), or `*` for none that fits, or `!` for a locked one.',
      }),
    ),
    update_password: Type.Optional(
      Type.Union([Type.Literal('always'), Type.Literal('on_create')], {
        default: 'always',
        description: 'Whether a user that is there gets the password too.',
      }),
    ),
    password_lock: Type.Optional(
      Type.Boolean({
        description:
          'Lock the password or unlock it. A locked one also keeps keys out where sshd goes without PAM.',
      }),
    ),
    expires: Type.Optional(
      Type.Number({
        description:
          'When the account ends, in seconds since 1970; the day counts. A negative number: never.',
      }),
    ),
    remove: Type.Optional(
      Type.Boolean({ description: 'With `state: absent`: home and mail go too, for good.' }),
    ),
    force: Type.Optional(
      Type.Boolean({ description: 'With `state: absent`: also while the user is logged in (`userdel -f`).' }),
    ),
    local: Type.Optional(
      Type.Boolean({ description: 'For playbooks of Ansible: only the files of the host are ever changed.' }),
    ),
  },
  { additionalProperties: false },
);
