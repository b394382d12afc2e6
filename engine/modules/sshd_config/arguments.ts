import { Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';

export interface SshdConfigArgs {
  readonly option: string;
  readonly value?: SshdValue | readonly SshdValue[];
  readonly state?: 'present' | 'absent';
  readonly match?: string;
  readonly path?: string;
  readonly main?: string;
  readonly reload?: boolean;
  readonly backup?: boolean;
}

export type SshdValue = string | number | boolean;

const oneValue = Type.Union([
  Type.Boolean(),
  Type.Integer(),
  Type.String({
    pattern: '^[^\\n\\r\\u0000]*[^\\s\\u0000][^\\n\\r\\u0000]*$',
    errorMessage: 'must be text of one line',
  }),
]);

/** The schema of `sshd_config`. */
export const sshdConfigArguments = Type.Object(
  {
    option: Type.String({
      pattern: '^(?!(?:[Mm][Aa][Tt][Cc][Hh]|[Ii][Nn][Cc][Ll][Uu][Dd][Ee])$)[A-Za-z][A-Za-z0-9]*$',
      description: 'The keyword, "PermitRootLogin"; upper and lower case are the same.',
      errorMessage:
        'must be one keyword of sshd_config(5); Match is an argument of its own, Include is for `lineinfile`',
    }),
    value: Type.Optional(
      Type.Union([oneValue, Type.Array(oneValue, { minItems: 1 })], {
        description:
          'What it is set to, as it stands in the file; true and false are yes and no. A list: a line each for Port, ListenAddress, HostKey and HostCertificate, else words of one line, quoted where they hold blanks.',
      }),
    ),
    state: Type.Optional(
      Type.Enum(['present', 'absent'], {
        default: 'present',
        description: 'Whether it is set; with `absent` sshd goes by its own default.',
      }),
    ),
    match: Type.Optional(
      Type.String({
        pattern: '^[^\\n\\r\\u0000]*[^\\s\\u0000][^\\n\\r\\u0000]*$',
        description:
          'The criteria of the Match block that it belongs into, "User deploy"; made where there is none.',
        errorMessage: 'must be criteria of one line',
      }),
    ),
    path: Type.Optional(
      hostPath('The file to change: /etc/ssh/sshd_config where it is not said, or one that it includes.'),
    ),
    main: Type.Optional(
      hostPath(
        'The file that sshd starts with; for a path such as FILE.d/NAME it is FILE, else the path itself.',
      ),
    ),
    reload: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Lets sshd read its files anew in the same change; sessions stay.',
      }),
    ),
    backup: Type.Optional(
      Type.Boolean({ description: 'Keep the old file beside the new one, as `NAME.DIGEST~`.' }),
    ),
  },
  { additionalProperties: false },
);
