import type { ActionResult, Outcome, Run } from '../../contract/module.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import { Secret } from '../../shell/secret.ts';
import { plainText } from './arguments.ts';
import { type GuardArguments, shellText } from './guard.ts';

export interface RunArguments extends GuardArguments {
  readonly stdin?: string | Secret;
  readonly stdin_add_newline?: boolean;
  readonly reads?: boolean;
  readonly again?: 'safe';
  readonly undo?: string | Secret;
}

/** What is run, for the host and for the eyes. */
export interface Started {
  readonly script: Script;
  /** As `register` shows it. */
  readonly cmd: string | readonly string[];
  /** Named where it is missing. */
  readonly program: string;
}

const noFolder = 'fettle: chdir failed';
const noFolderStatus = 125;

/** Runs text of the user's and makes of its end what Ansible's `command` gives. */
export function runOf(args: RunArguments, started: Started): Run {
  const enter = args.chdir === undefined ? [] : [enterFolder(args.chdir)];
  const shown = typeof started.cmd === 'string' ? started.cmd : started.cmd.join(' ');
  return {
    what: `run ${oneLine(shown)}`,
    script: lines([...enter, started.script]),
    ...(args.stdin === undefined
      ? {}
      : { stdin: { kind: 'bytes', bytes: input(args.stdin, args.stdin_add_newline ?? true) } }),
    touches: args.reads ? [] : '*',
    undo: undoOf(args, enter),
    ...(args.again ? { again: args.again } : {}),
    result: (outcome) => resultOf(args, started, outcome),
  };
}

function enterFolder(chdir: string): Script {
  return sh`cd -- ${chdir} || { echo ${noFolder} >&2; exit ${noFolderStatus}; }`;
}

function oneLine(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, ' ⏎ ');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

function input(stdin: string | Secret, addNewline: boolean): Buffer | Secret {
  if (stdin instanceof Secret) return addNewline ? Secret.join([stdin, '\n']) : stdin;
  return Buffer.from(addNewline ? `${stdin}\n` : stdin, 'utf8');
}

function undoOf(args: RunArguments, enter: readonly Script[]): Run['undo'] {
  if (args.undo !== undefined) return lines([...enter, shellText(plainText(args.undo, 'undo'))]);
  if (args.reads) return sh`:`;
  return { impossible: 'its task has no `undo:` that says how' };
}

function resultOf(args: RunArguments, started: Started, outcome: Outcome): ActionResult {
  const { code } = outcome;
  const stdout = decode(outcome.stdout);
  const stderr = decode(outcome.stderr);
  const failed = failure(args, started, outcome, stderr.text);
  return {
    changed: !args.reads,
    ...(failed === undefined ? {} : { failed }),
    values: {
      rc: code,
      cmd: started.cmd,
      stdout: stdout.text,
      stderr: stderr.text,
      stdout_lines: linesOf(stdout.text),
      stderr_lines: linesOf(stderr.text),
      ...(stdout.isInvalid ? { stdout_invalid: true } : {}),
      ...(stderr.isInvalid ? { stderr_invalid: true } : {}),
    },
  };
}

/** Bytes that are no UTF-8 become U+FFFD; line ends at the end go, as in Ansible. */
function decode(bytes: Buffer): { readonly text: string; readonly isInvalid: boolean } {
  const text = bytes.toString('utf8');
  return { text: text.replace(/[\r\n]+$/, ''), isInvalid: !Buffer.from(text, 'utf8').equals(bytes) };
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/\r\n|\r|\n/);
}

function failure(
  args: RunArguments,
  { program }: Started,
  outcome: Outcome,
  stderr: string,
): string | undefined {
  const { code, timedOut } = outcome;
  if (timedOut) return 'it did not end within its time limit';
  if (code === 0) return undefined;
  if (code === noFolderStatus && stderr.endsWith(noFolder))
    return `the folder ${args.chdir} cannot be entered (chdir)`;
  const why = lastWords(stderr);
  const name = program.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (code === 127 && new RegExp(`${name}: (command )?(not found|no such file)`, 'i').test(stderr))
    return `${program} is not on the host, or its interpreter (#!) is not${why}`;
  if (code === 126 && new RegExp(`${name}: (permission denied|cannot execute)`, 'i').test(stderr))
    return `${program} may not be run${why}`;
  return `exit status ${code}${why}`;
}

/** The last three lines as one. */
function lastWords(stderr: string): string {
  const said = linesOf(stderr).slice(-3).join(' / ');
  if (said === '') return '';
  return said.length > 300 ? `: …${said.slice(-300)}` : `: ${said}`;
}
