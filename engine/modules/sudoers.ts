import { CannotPlan, type Change, predict, saved, sent } from '../contract/change.ts';
import { joinPath, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { content, type ContentAnswer } from '../facts/content.ts';
import { diffText } from '../facts/diff_text.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { path } from '../facts/path.ts';
import { program } from '../facts/program.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import { type SudoersArgs, sudoersArguments } from './sudoers/arguments.ts';
import { sudoersText } from './sudoers/rule.ts';
import { mainFile, validated } from './sudoers/validate.ts';

export interface SudoersState {
  readonly file: EditState;
  /** /etc/sudoers. */
  readonly main: ContentAnswer;
  readonly visudo: string | null;
}

/** A file of rules for sudo. */
export const sudoers: Module<SudoersArgs, SudoersState> = {
  kind: 'resource',
  name: 'sudoers',
  summary: 'Keeps a file in /etc/sudoers.d that visudo has accepted.',
  args: sudoersArguments,
  notes: [
    'visudo is asked of the file, and of the whole configuration with it, before it is put into place; sudo never sees one that is wrong. A file that goes is asked for likewise, since others may use its aliases.',
    'A rule that takes away the right of the user by whom the connection becomes root is not noticed: keep a second root session, or run under a guard.',
    'The file is root:root 0440. The last rule that matches wins, and files are read in the order of their names.',
    "A rule is written as Ansible's community.general.sudoers writes it. `,` `:` `=` `#` in a command's arguments stand with a backslash, as sudoers(5) has it; open ones are refused, since they would begin another rule.",
  ],
  probe: (args) =>
    all({
      file: askEdit(pathOf(args)),
      main: ask(content, { path: mainFile }),
      visudo: ask(program, 'visudo'),
    }),
  plan: (args, state) => (args.state === 'absent' ? planAbsent(args, state) : planPresent(args, state)),
  result: (args) => ({ path: pathOf(args) }),
};

const attributes = { owner: 'root', group: 'root', mode: '0440' };

function pathOf({ name, sudoers_path: folder = '/etc/sudoers.d' }: SudoersArgs): string {
  return joinPath(tidyPath(folder), name);
}

function planPresent(args: SudoersArgs, state: SudoersState): readonly Change[] {
  const at = pathOf(args);
  const bytes = Buffer.from(sudoersText(args));
  const isNew = state.file.at.kind === 'absent';
  const changes = planEdit(
    at,
    state.file,
    { bytes, what: `${isNew ? 'write' : 'replace'} ${at}` },
    { ...attributes, create: true, secret: args.content instanceof Secret },
  );
  if (changes.length === 0) return [];
  refuseUnready(state);
  refuseUnread(args, state);
  return changes.map((change) =>
    change.touches.includes(`path:${at}`)
      ? { ...change, apply: lines([validated(at, change.sends ? sent(0) : sh`${at}`), change.apply]) }
      : change,
  );
}

function planAbsent(args: SudoersArgs, state: SudoersState): readonly Change[] {
  const at = pathOf(args);
  if (state.file.at.kind === 'absent') return [];
  const old = editable(at, state.file);
  refuseUnready(state);
  return [
    {
      what: `remove ${at}`,
      diff: { before: old === null ? '(a link to nothing)\n' : diffText(old), after: null, file: at },
      touches: [`path:${at}`],
      saves: [at],
      apply: lines([validated(at, null), sh`rm -f -- ${at} || exit 1`]),
      undo: restoreFile(at, saved(0)),
      predicts: [
        predict({ fact: path, subject: { path: at } }, { kind: 'absent', parent: 'directory' }),
        predict({ fact: content, subject: { path: at, whole: true } }, { kind: 'absent' }),
      ],
    },
  ];
}

function refuseUnready({ visudo, main }: SudoersState): void {
  if (visudo === null || main.kind === 'absent') {
    throw new CannotPlan(`there is no ${visudo === null ? 'visudo' : mainFile} on the host`, {
      missing: visudo === null ? 'program:visudo' : `path:${mainFile}`,
      next: 'install the package sudo first',
    });
  }
  if (main.kind === 'unreadable')
    throw new CannotPlan(`${mainFile} cannot be read`, { next: 'say become: true' });
}

/** A file that no other includes would do nothing, and nobody would be told. */
function refuseUnread(
  { sudoers_path: folder = '/etc/sudoers.d' }: SudoersArgs,
  { main }: SudoersState,
): void {
  if (main.kind !== 'text') return;
  const text = main.bytes.toString('utf8');
  const folders = Array.from(text.matchAll(/^[@#]includedir\s+"?(\S+?)\/?"?\s*$/gm), ([, one = '']) => one);
  // Another file may include it.
  const isElsewhere = /^[@#]include\s/m.test(text);
  if (isElsewhere || folders.includes(tidyPath(folder))) return;
  throw new CannotPlan(`${mainFile} does not include ${folder}, so that sudo would not read the file`, {
    missing: `path:${mainFile}`,
    next: `add the line "#includedir ${folder}" to ${mainFile} first`,
  });
}
