import { Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';
import { type AttemptName, attempts } from '../../facts/pam/attempt.ts';
import { type PamType, pamTypes } from '../../facts/pam/stack.ts';

export interface PamArgs {
  readonly service?: string;
  readonly path?: string;
  readonly type?: PamType | readonly PamType[];
  readonly module: string;
  readonly matching?: readonly string[];
  readonly control?: string;
  readonly args?: readonly string[];
  readonly args_present?: readonly string[];
  readonly args_absent?: readonly string[];
  readonly state?: 'present' | 'updated' | 'absent';
  readonly before?: string;
  readonly after?: string;
  readonly services?: readonly string[];
  readonly accept?: readonly AttemptName[];
  readonly authconfig?: 'refuse' | 'edit';
  readonly backup?: boolean;
}

const type = Type.Enum([...pamTypes]);
const word = '[^\\s#\\\\\\[\\]\\u0000]+';

// A `#` begins a comment wherever it stands, and a backslash would go on with the next line.
const args = (description: string) =>
  Type.Optional(
    Type.Array(
      Type.String({
        pattern: '^[^\\n\\r#\\\\\\u0000]+$',
        errorMessage: 'must be text of one line without # and backslash',
      }),
      { description },
    ),
  );

const place = (side: string) =>
  Type.Optional(
    Type.String({
      pattern: `^${word}( ${word})*$`,
      description: `What the line stands ${side}: \`all\` of its type, \`passwords\` (the modules that ask for a password, with the lines that guard them), or a module with arguments that tell its line: \`pam_faillock.so preauth\`. A line that stands elsewhere is moved.`,
      errorMessage: 'must be all, passwords, or a module and arguments',
    }),
  );

/** The schema of `pam`. */
export const pamArguments = Type.Object(
  {
    service: Type.Optional(
      Type.String({
        pattern: '^(?!\\.\\.?$)[A-Za-z0-9_.@+-]+$',
        description: 'The service whose file in /etc/pam.d is meant: `sshd`, `system-auth`.',
        errorMessage: 'must be the name of a file in /etc/pam.d',
      }),
    ),
    path: Type.Optional(hostPath('The file, where it lies elsewhere; in place of `service`.')),
    type: Type.Optional(
      Type.Union([type, Type.Array(type, { minItems: 1 })], {
        description:
          'The stack: one for a line that is to be there; several, or all, for lines that are changed or go.',
      }),
    ),
    module: Type.String({
      pattern: `^${word}$`,
      description: 'The module, `pam_faillock.so`. Its lines are found whatever path they name it by.',
      errorMessage: 'must be a module such as pam_faillock.so',
    }),
    matching: args(
      'Arguments that a line must have to be the one that is meant. Of pam_faillock.so, preauth, authfail and authsucc among the other arguments tell its line without that.',
    ),
    control: Type.Optional(
      Type.String({
        pattern: '^(required|requisite|sufficient|optional|\\[[^\\]\\[#\\n\\r\\\\\\u0000]*\\])$',
        description: 'What the line does with the module’s answer: `required`, `[success=1 default=ignore]`.',
        errorMessage: 'must be required, requisite, sufficient, optional or […]',
      }),
    ),
    args: args('All arguments, in their order; what else the line has goes.'),
    args_present: args('Arguments that are among them; `deny=5` replaces another `deny=`.'),
    args_absent: args('Arguments that are not: `deny` stands for `deny=` with any value as well.'),
    state: Type.Optional(
      Type.Enum(['present', 'updated', 'absent'], {
        default: 'present',
        description: 'Whether the line is there; `updated` changes the lines that are there and adds none.',
      }),
    ),
    before: place('before'),
    after: place('after'),
    services: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description: 'The services that are judged; those that the file is part of where it is not said.',
      }),
    ),
    accept: Type.Optional(
      Type.Array(Type.Enum(Object.keys(attempts) as AttemptName[]), {
        description:
          'Attempts for which a worse end is meant, and no reason to refuse: `root` where root is to be shut out.',
      }),
    ),
    authconfig: Type.Optional(
      Type.Enum(['refuse', 'edit'], {
        default: 'refuse',
        description: 'What to do about a file that authconfig writes, whose next run loses the change.',
      }),
    ),
    backup: Type.Optional(
      Type.Boolean({ description: 'Keep the old file beside the new one, as `NAME.DIGEST~`.' }),
    ),
  },
  { additionalProperties: false },
);
