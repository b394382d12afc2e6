import { type Static, Type } from 'typebox';
import { CannotPlan, sent } from '../contract/change.ts';
import { nameOf } from '../contract/host_path.ts';
import type { Action, ActionResult } from '../contract/module.ts';
import { hostPath, type LocalCommand, localCommand } from '../contract/schema.ts';
import { startScript, whyNotStarted } from './script/start.ts';
import { commonArguments, plainText } from './user_text/arguments.ts';
import { guardOf } from './user_text/guard.ts';
import { runOf } from './user_text/run.ts';

const args = Type.Object(
  {
    cmd: Type.Unsafe<LocalCommand>(
      localCommand(
        'A script of the controller and its arguments; split at blanks outside of quotes, nothing is expanded. A relative one lies beside the playbook or in its folder `files/`.',
      ),
    ),
    executable: Type.Optional(
      hostPath('The program on the host that reads it, in place of the one in its first line (`#!`).'),
    ),
    ...commonArguments,
  },
  { additionalProperties: false },
);

export type ScriptArgs = Static<typeof args>;

/** Runs a script of the controller on the host. */
export const script: Action<ScriptArgs> = {
  kind: 'action',
  name: 'script',
  summary: 'Runs a script of the controller on the host, with arguments.',
  args,
  shorthand: 'cmd',
  notes: [
    'The script lies in a folder of the session’s own on the host, which only its user can read, and is gone when it has ended; `$0` is its path there.',
    'It is run by the program in its first line (`#!`), by /bin/sh where there is none; so the folder may be mounted noexec. A compiled program needs one that is not.',
    'The time limit, the umask and the locale are as in `command`. A secret may come by `stdin` or by `environment` of the task, never as an argument.',
    'Ansible’s `creates` and `removes` are taken relative to `chdir` here.',
  ],
  guard: guardOf,
  reads: ({ reads }) => reads === true,
  run(wanted) {
    const { file, words } = wanted.cmd;
    const plain = words.map((word) => plainText(word, 'cmd'));
    if (file.size === 0) throw new CannotPlan(`the script ${file.path} is empty`);
    const run = runOf(wanted, {
      script: startScript(sent(0), plain, wanted.executable),
      cmd: [file.path, ...plain],
      program: wanted.executable ?? nameOf(file.path),
    });
    return {
      ...run,
      sends: [{ kind: 'file', path: file.path, size: file.size }],
      result: (outcome) => explained(run.result(outcome), outcome.code),
    };
  },
};

function explained(result: ActionResult, code: number): ActionResult {
  const why = result.failed === undefined ? undefined : whyNotStarted(code, String(result.values['stderr']));
  return why === undefined ? result : { ...result, failed: why };
}
