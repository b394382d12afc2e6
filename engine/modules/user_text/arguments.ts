import { Type } from 'typebox';
import { CannotPlan } from '../../contract/change.ts';
import { hostPath } from '../../contract/schema.ts';
import { Secret } from '../../shell/secret.ts';

/** Text of the user's; a template may have made it secret. */
export function userText(description: string) {
  return Type.Unsafe<string | Secret>({ type: 'string', minLength: 1, description });
}

/** The arguments that `command` and `shell` have in common. */
export const commonArguments = {
  chdir: Type.Optional(hostPath('The folder to run in; a missing one fails the task.')),
  creates: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Skipped where this path or glob exists. Relative to `chdir`.',
    }),
  ),
  removes: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Skipped where this path or glob does not exist. Relative to `chdir`.',
    }),
  ),
  unless: Type.Optional(userText('Shell text; skipped where it ends with status 0.')),
  onlyif: Type.Optional(userText('Shell text; skipped where it ends with another status than 0.')),
  stdin: Type.Optional(
    Type.Unsafe<string | Secret>({
      type: 'string',
      description: 'Text for its standard input; may be secret. Without it, standard input is empty.',
    }),
  ),
  stdin_add_newline: Type.Optional(
    Type.Boolean({ default: true, description: 'Whether a newline is added to `stdin`.' }),
  ),
  reads: Type.Optional(
    Type.Boolean({
      description: 'It only looks: it runs in check mode as well, and never counts as changed.',
    }),
  ),
  again: Type.Optional(
    Type.Enum(['safe'], {
      description: '`safe`: it may be repeated where the connection was cut in its midst.',
    }),
  ),
  undo: Type.Optional(userText('Shell text that takes it back, for `fettle undo`; runs in `chdir`.')),
};

/** The kernel's limit for one word (MAX_ARG_STRLEN), less the NUL. */
const longestWord = 128 * 1024 - 1;

/** Text that may stand on a command line; refuses secrets, NUL and what the kernel would not take. */
export function plainText(value: string | Secret, argument: string): string {
  if (value instanceof Secret) {
    throw new CannotPlan(
      `\`${argument}\` holds a secret, which anyone on the host could read in its list of processes`,
      {
        next: 'hand it over by `stdin`, or by `environment` of the task',
      },
    );
  }
  if (value.includes('\0'))
    throw new CannotPlan(`\`${argument}\` holds a NUL byte, which no command line can`);
  if (new TextEncoder().encode(value).length > longestWord) {
    throw new CannotPlan(`\`${argument}\` has a word of more than 128 KiB, which no command line can hold`, {
      next: 'hand it over by `stdin`, or put it into a file with `copy`',
    });
  }
  return value;
}
