import { type Static, Type } from 'typebox';
import type { Action } from '../contract/module.ts';
import { hostPath } from '../contract/schema.ts';
import { sh } from '../shell/script.ts';
import { commonArguments, plainText, userText } from './user_text/arguments.ts';
import { guardOf, shellText } from './user_text/guard.ts';
import { runOf } from './user_text/run.ts';

const args = Type.Object(
  {
    cmd: userText('Shell text: pipes, redirections, variables, several lines.'),
    executable: Type.Optional(
      hostPath('The shell that reads it, by `-c`; /bin/sh where absent. On Debian that is dash, not bash.'),
    ),
    ...commonArguments,
  },
  { additionalProperties: false },
);

export type ShellArgs = Static<typeof args>;

/** Runs shell text. */
export const shell: Action<ShellArgs> = {
  kind: 'action',
  name: 'shell',
  summary: 'Runs shell text on the host.',
  args,
  shorthand: 'cmd',
  notes: [
    'Values of templates become part of the text: what comes from elsewhere belongs into `environment` of the task, and into the text as "$NAME".',
    'The exit status is that of the last command: `set -e` in the first line stops at the first that fails.',
    'Secrets, time limits and output are as in `command`.',
  ],
  guard: guardOf,
  reads: ({ reads }) => reads === true,
  run(wanted) {
    const cmd = plainText(wanted.cmd, 'cmd');
    const program = wanted.executable ?? '/bin/sh';
    return runOf(wanted, { script: sh`exec ${shellText(cmd, program)}`, cmd, program });
  },
};
