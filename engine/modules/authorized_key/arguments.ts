import { Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';
import type { Secret } from '../../shell/secret.ts';

/** What authorized_key takes. */
export interface AuthorizedKeyArgs {
  readonly user: string;
  readonly key: string | Secret;
  readonly state?: 'present' | 'absent';
  readonly exclusive?: boolean;
  readonly key_options?: string;
  readonly path?: string;
  readonly manage_dir?: boolean;
  readonly comment?: string;
  readonly follow?: boolean;
}

/** The schema of its arguments. */
export const authorizedKeyArguments = Type.Object(
  {
    user: Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_.@-]*$',
      description: 'Whose keys they are.',
      errorMessage: 'must be the name of a user',
    }),
    key: Type.String({
      minLength: 1,
      description:
        'The public keys, a line each, as in a file NAME.pub; options may stand before them. Empty lines and comments are passed over.',
    }),
    state: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        default: 'present',
        description: 'Whether the keys are there.',
      }),
    ),
    exclusive: Type.Optional(
      Type.Boolean({
        description: 'No other keys are there. In a loop, each round would remove those of the last.',
      }),
    ),
    key_options: Type.Optional(
      Type.String({
        pattern: '^[^\\r\\n\\u0000]*$',
        description:
          'What sshd lets the keys do: `from="10.0.0.0/8",no-pty`. Empty: no restriction. By itself: what stands before the key, else what is there already.',
        errorMessage: 'must be one line without NUL',
      }),
    ),
    path: Type.Optional(hostPath('The file, instead of ~/.ssh/authorized_keys.')),
    manage_dir: Type.Optional(
      Type.Boolean({
        description:
          'Make the directory of the file, and give it to the user with mode 0700. By itself: true, but false where `path` is said.',
      }),
    ),
    comment: Type.Optional(
      Type.String({
        pattern: '^[^\\r\\n\\u0000]*$',
        description: 'The comment of the keys. By itself what is there stays, and a new key keeps its own.',
        errorMessage: 'must be one line without NUL',
      }),
    ),
    follow: Type.Optional(
      Type.Boolean({ description: 'Write the file behind symbolic links. By itself links are refused.' }),
    ),
  },
  { additionalProperties: false },
);
