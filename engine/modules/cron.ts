import { CannotPlan, type Change, predict, saved, sent, type Undo } from '../contract/change.ts';
import { joinPath, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, known } from '../contract/probe.ts';
import { content } from '../facts/content.ts';
import { crontab, type CrontabAnswer } from '../facts/crontab.ts';
import { diffText } from '../facts/diff_text.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { passwd, type PasswdEntry } from '../facts/passwd.ts';
import { path } from '../facts/path.ts';
import { withSystemPath } from '../facts/program.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import { type CronArgs, cronArguments } from './cron/arguments.ts';
import { editCrontab } from './cron/edit.ts';

export interface CronState {
  /** The crontab of the user; null with `cron_file`. */
  readonly own: CrontabAnswer | null;
  /** `cron_file`. */
  readonly file: EditState | null;
  /** Who the job runs as; null where nobody is named. */
  readonly user: PasswdEntry | null;
}

/** A job or a variable of cron. */
export const cron: Module<CronArgs, CronState> = {
  kind: 'resource',
  name: 'cron',
  summary: "Keeps a job or a variable in a user's crontab or in a file of /etc/cron.d.",
  args: cronArguments,
  notes: [
    'A job is found by the line `#Ansible: NAME` above it, so that jobs that Ansible put there are known. All other lines stay as they are; a job of exactly this text that has no name gets it.',
    'In a job cron takes `%` for the end of the command and hands what follows to it on standard input, a newline for each further `%`: write `\\%` for the character itself, as in `date +\\%F`.',
    "cron runs a job with /bin/sh, a short PATH and the user's home; it mails what the job prints.",
    'With `cron_file` the job has a field for the user, which must be named. A file that is left with no line is removed.',
    "A user's crontab is handed to crontab(1), which refuses what it cannot read; an undo puts the file itself back.",
  ],
  probe: (args) => {
    const file = fileOf(args);
    return all({
      own: file === null ? ask(crontab, { user: args.user ?? null }) : known<CrontabAnswer | null>(null),
      file: file === null ? known<EditState | null>(null) : askEdit(file),
      user: args.user === undefined ? known<PasswdEntry | null>(null) : ask(passwd, { name: args.user }),
    });
  },
  plan: (args, state) => {
    refuseMistakes(args);
    const file = fileOf(args);
    return file === null ? planOwn(args, state) : planFile(args, file, state.file as EditState);
  },
};

function fileOf({ cron_file: file }: CronArgs): string | null {
  if (file === undefined) return null;
  return file.startsWith('/') ? tidyPath(file) : joinPath('/etc/cron.d', file);
}

function refuseMistakes(args: CronArgs): void {
  const refuseIf = (isWrong: boolean, why: string): void => {
    if (isWrong) throw new CannotPlan(why);
  };
  const { state = 'present', env, cron_file: file } = args;
  refuseIf(
    fileOf(args) === '/etc/crontab',
    '/etc/crontab belongs to the system: name a file for /etc/cron.d',
  );
  refuseIf(
    file !== undefined && !env && state === 'present' && args.user === undefined,
    'with cron_file the user must be named, as whom the job runs',
  );
  refuseIf(
    !env && (args.insertafter !== undefined || args.insertbefore !== undefined),
    'insertafter and insertbefore are for env: true',
  );
}

function isSecret({ job, value }: CronArgs): boolean {
  return (job ?? value) instanceof Secret;
}

function planFile(args: CronArgs, file: string, state: EditState): readonly Change[] {
  const old = editable(file, state);
  const text = old?.toString('latin1') ?? '';
  const edited = editCrontab(text, args);
  if (edited.what === undefined) return [];
  const what = `${edited.what} ${file}`;
  if (old !== null && edited.text.trim() === '') return [removeFile(file, what, old, args)];
  return planEdit(
    file,
    state,
    { bytes: Buffer.from(edited.text, 'latin1'), what },
    { create: true, backup: args.backup, secret: isSecret(args) },
  );
}

function removeFile(file: string, what: string, old: Buffer, args: CronArgs): Change {
  const before = diffText(old);
  return {
    what: `${what}, which goes with it`,
    diff: { before: isSecret(args) ? new Secret(before) : before, after: null, file },
    touches: [`path:${file}`],
    saves: [file],
    apply: sh`rm -f -- ${file} || exit 1`,
    undo: restoreFile(file, saved(0)),
    predicts: [
      predict({ fact: path, subject: { path: file } }, { kind: 'absent', parent: 'directory' }),
      predict({ fact: content, subject: { path: file, whole: true } }, { kind: 'absent' }),
    ],
  };
}

function planOwn(args: CronArgs, { own, user }: CronState): readonly Change[] {
  const whose = args.user === undefined ? 'the crontab' : `the crontab of ${args.user}`;
  if (args.user !== undefined && user === null) {
    if (args.state === 'absent') return [];
    throw new CannotPlan(`there is no user ${args.user}`, {
      missing: `user:${args.user}`,
      next: `make it first: user: {name: ${args.user}}`,
    });
  }
  const now = own as CrontabAnswer;
  if (now.kind === 'missing') {
    throw new CannotPlan('there is no crontab on the host', {
      missing: 'program:crontab',
      next: 'install the package cron (on Red Hat: cronie), or say cron_file',
    });
  }
  if (now.kind === 'refused')
    throw new CannotPlan(`${whose} cannot be read: ${now.said}`, { next: 'say become: true' });
  const text = now.kind === 'text' ? now.bytes.toString('latin1') : '';
  const edited = editCrontab(text, args);
  return edited.what === undefined
    ? []
    : [replaceOwn(args, now, text, edited.text, `${edited.what} ${whose}`)];
}

function replaceOwn(args: CronArgs, now: CrontabAnswer, old: string, text: string, what: string): Change {
  const user = args.user ?? null;
  const file = now.kind === 'text' ? now.file : null;
  const bytes = Buffer.from(text, 'latin1');
  const shown = (one: string) => {
    const readable = diffText(Buffer.from(one, 'latin1'));
    return isSecret(args) ? new Secret(readable) : readable;
  };
  return {
    what,
    diff: {
      before: now.kind === 'text' ? shown(old) : null,
      after: text === '' ? null : shown(text),
      file: file ?? undefined,
    },
    touches: [`crontab:${user ?? ''}`, ...(file === null ? [] : [`path:${file}` as const])],
    ...(file === null ? {} : { saves: [file] }),
    ...(text === '' ? {} : { sends: [{ kind: 'bytes', bytes }] }),
    apply: text === '' ? call(user, sh`-r`) : sh`${call(user, sh`-`)} <${sent(0)} || exit 1`,
    undo: file === null ? putBack(args, now, old) : restoreFile(file, saved(0), { fresh: true }),
    predicts: [
      predict(
        { fact: crontab, subject: { user } },
        text === '' ? { kind: 'none' } : { kind: 'text', bytes, file },
      ),
    ],
  };
}

/** For those who may not copy the file. */
function putBack(args: CronArgs, now: CrontabAnswer, old: string): Undo {
  const user = args.user ?? null;
  if (now.kind !== 'text') return call(user, sh`-r`);
  const value = args.job ?? args.value;
  if (value instanceof Secret && old.includes(Buffer.from(value.reveal()).toString('latin1')))
    return { impossible: 'the former crontab holds the secret, and its file cannot be copied: become root' };
  return sh`printf %b ${escapedBytes(old)} | { ${call(user, sh`-`)}; }`;
}

/** Bytes as printf's %b reads them, since a script is UTF-8 and a crontab may be anything. */
function escapedBytes(text: string): string {
  return text.replaceAll(
    /[\\\x00-\x1f\x7f-\xff]/g,
    (byte) => `\\0${byte.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

// Who is not root may not say -u, not even with its own name.
function call(user: string | null, operation: Script): Script {
  if (user === null) return lines([withSystemPath, sh`crontab ${operation}`]);
  return sh`PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -un)" = ${user} ]; then set --; else set -- -u ${user}; fi
crontab "$@" ${operation}`;
}
