import { type Static, Type } from 'typebox';
import { CannotPlan } from '../contract/change.ts';
import type { Action } from '../contract/module.ts';
import { sh } from '../shell/script.ts';
import { splitWords } from '../shell/words.ts';
import { commonArguments, plainText, userText } from './user_text/arguments.ts';
import { guardOf } from './user_text/guard.ts';
import { runOf } from './user_text/run.ts';

const args = Type.Object(
  {
    cmd: Type.Optional(userText('The command line; split at blanks outside of quotes, nothing is expanded.')),
    argv: Type.Optional(
      Type.Array(Type.Union([userText('A word.'), Type.Number()]), {
        minItems: 1,
        description: 'The program and its arguments as a list, in place of `cmd`.',
      }),
    ),
    ...commonArguments,
  },
  { additionalProperties: false },
);

export type CommandArgs = Static<typeof args>;

/** Runs a program without a shell. */
export const command: Action<CommandArgs> = {
  kind: 'action',
  name: 'command',
  summary: 'Runs a program on the host, without a shell.',
  args,
  shorthand: 'cmd',
  notes: [
    '`$HOME`, `~`, `*`, `|`, `>` and `&&` have no meaning here: `shell` is for those.',
    'It runs with the umask and locale of the login. It outlives a lost connection, and its exit status is found again.',
    'A secret may come by `stdin` or by `environment` of the task, never in the command line.',
    'Output that is no UTF-8 is shown with replacement characters; `stdout_invalid` then says so.',
  ],
  guard: guardOf,
  reads: ({ reads }) => reads === true,
  run(wanted) {
    const words = wordsOf(wanted);
    const [program = ''] = words;
    if (program === '') throw new CannotPlan('there is no program to run');
    if (program.startsWith('-')) throw new CannotPlan(`\`${program}\` is an option, not a program`);
    return runOf(wanted, { script: sh`exec ${words}`, cmd: words, program });
  },
};

function wordsOf({ cmd, argv }: CommandArgs): readonly string[] {
  if ((cmd === undefined) === (argv === undefined)) {
    throw new CannotPlan('give either `cmd` or `argv`', { next: 'cmd: "uptime -p", or argv: [uptime, -p]' });
  }
  if (argv) return argv.map((word) => plainText(typeof word === 'number' ? String(word) : word, 'argv'));
  const text = plainText(cmd ?? '', 'cmd');
  try {
    return splitWords(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CannotPlan(`\`cmd\` cannot be split into words: ${error.message}`, {
      next: 'close the quote, put a backslash before it, or give the words as a list in `argv`',
    });
  }
}
