import { CannotPlan, type Change, predict, saved } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import { content } from '../facts/content.ts';
import { askDirectory, isDirectory, makeDirectories } from '../facts/make_directory.ts';
import { path, type PathAnswer } from '../facts/path.ts';
import { recurseAttributes } from '../facts/recurse.ts';
import { refuseHeld, removal } from '../facts/removal.ts';
import { tree } from '../facts/tree.ts';
import { refused, refusing, restoreFile } from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { type FileArgs, fileArguments, pathOf, sourcePath } from './file/arguments.ts';
import { planAttributes, refuseOther } from './file/attributes_plan.ts';
import { planHard, planLink } from './file/link_plan.ts';
import type { FileState } from './file/state.ts';
import { planTouch } from './file/touch_plan.ts';

/** What kind of thing is at a path, and its owner, group and mode. */
export const file: Module<FileArgs, FileState> = {
  kind: 'resource',
  name: 'file',
  summary:
    'Makes and removes directories, links and empty files, and sets owner, group and mode of what is there.',
  args: fileArguments,
  notes: [
    'New directories get mode 0755 and new files 0644 where none is given, whatever the umask; all directories that had to be made get the attributes.',
    'With `recurse`, symbolic links get the owner but are not followed.',
    '`absent` keeps a copy of what it removes on the host until the journal is pruned.',
    '`absent` of a folder is refused beforehand where something in it could not go: what `chattr` has locked (also with `recurse`), mount points, directories that the user may not write to.',
  ],
  probe: probeFile,
  plan: planFile,
  proven: (args, _before, after) => proveFile(args, after),
  result: (args, { at }) => ({ path: pathOf(args), state: at.kind }),
};

function probeFile(args: FileArgs): Probe<FileState> {
  const given = pathOf(args);
  const source =
    args.src === undefined || !isLinkState(args) ? [] : [ask(path, { path: sourcePath(args, given) })];
  const probe = all({
    directory: askDirectory(given),
    source: each(source),
    trees: each(args.recurse ? [ask(tree, { path: given })] : []),
    held: each(args.recurse || args.state === 'absent' ? [ask(removal, { path: given })] : []),
  });
  return map(probe, (state) => ({
    ...state.directory,
    ...(state.source[0] ? { source: state.source[0] } : {}),
    ...(state.trees[0] ? { tree: state.trees[0] } : {}),
    held: state.held.flat(),
  }));
}

function planFile(args: FileArgs, state: FileState): readonly Change[] {
  const given = pathOf(args);
  if (args.recurse && args.state !== undefined && args.state !== 'directory') {
    throw new CannotPlan('recurse is for state: directory');
  }
  switch (args.state ?? (args.recurse ? 'directory' : undefined)) {
    case 'absent':
      return planAbsent(given, state);
    case 'directory':
      return planDirectory(args, given, state);
    case 'link':
      return planLink(args, given, state);
    case 'hard':
      return planHard(args, given, state);
    case 'touch':
      return planTouch(args, given, state.at);
    case 'file':
      refuseOther(given, followed(args, state.at), 'file');
      return planAttributes(args, given, state.at);
    case undefined:
      return planAttributes(args, given, state.at);
  }
}

// Losing one of these is never what a playbook means.
const kept = /^\/(bin|boot|dev|etc|home|lib|lib32|lib64|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)?$/;

function planAbsent(given: string, { at, held }: FileState): readonly Change[] {
  if (at.kind === 'absent') {
    if (at.hidden)
      throw new CannotPlan(`a directory above ${given} cannot be searched`, {
        next: 'become a user who may',
      });
    return [];
  }
  if (kept.test(given)) throw new CannotPlan(`${given} is never removed`);
  refuseHeld(given, held);
  return [
    {
      what: `remove ${given} (${at.kind}${at.kind === 'directory' ? ' and all in it' : ''})`,
      diff: { before: `${at.kind} ${given}\n`, after: null },
      touches: [`path:${given}`],
      saves: [given],
      apply: lines([
        refusing,
        sh`rm -rf -- ${given} || ${refused(given, at.kind === 'directory' ? putBack(given) : undefined)}`,
      ]),
      undo: restoreFile(given, saved(0)),
      predicts: [
        predict({ fact: path, subject: { path: given } }, { kind: 'absent', parent: 'directory' } as const),
        predict({ fact: content, subject: { path: given } }, { kind: 'absent' } as const),
      ],
    },
  ];
}

// What is still there cannot be written over, and need not be.
function putBack(given: string): Script {
  return sh`if [ -d ${given} ]; then cp -a -- ${saved(0)}/. ${given}/ 2>/dev/null; echo ${`what had gone of ${given} was put back`} >&2; fi`;
}

function planDirectory(args: FileArgs, given: string, state: FileState): readonly Change[] {
  const { at } = state;
  if (at.kind === 'absent') return [makeDirectories(given, state, state.missing, args)];
  if (!isDirectory(at)) throw new CannotPlan(`${given} is a ${at.kind}, not a directory`);
  if (args.recurse && at.kind === 'link')
    throw new CannotPlan(`${given} is a link, and recurse is for a directory itself`, {
      next: `say path: ${at.real}`,
    });
  if (args.recurse && state.tree) {
    const change = recurseAttributes(given, state.tree, args, state.held);
    return change ? [change] : [];
  }
  return planAttributes(args, given, at);
}

// A touch is never done; its proof is that nothing but the times is left to do.
function proveFile(args: FileArgs, after: FileState): true | string {
  const rest = planFile({ ...args, access_time: 'preserve', modification_time: 'preserve' }, after);
  return rest.length === 0 || rest.map((change) => change.what).join('; ');
}

function followed(args: FileArgs, at: PathAnswer): PathAnswer['kind'] {
  if (at.kind === 'link' && args.follow !== false) return at.followed?.kind ?? 'link';
  return at.kind;
}

function isLinkState({ state }: FileArgs): boolean {
  return state === 'link' || state === 'hard';
}
