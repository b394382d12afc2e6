import { CannotPlan, type Change, predict } from '../contract/change.ts';
import { modeArgument, resolveMode } from '../contract/file_mode.ts';
import { ancestorsOf } from '../contract/host_path.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import { refused, refusing, relabel } from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { path, type PathAnswer } from './path.ts';
import { newAttributes, ownerArgument, type WantedAttributes } from './wanted_attributes.ts';

/** A directory to be, and what is on the way to it. */
export interface DirectoryState {
  readonly path: string;
  readonly at: PathAnswer;
  /** The directories that are not there yet, topmost first, itself included. */
  readonly missing: readonly string[];
  /** Whether the nearest directory that is there hands its group on. */
  readonly setGroup: boolean;
}

/** Asks for a tidy path and everything above it. */
export function askDirectory(given: string): Probe<DirectoryState> {
  const above = ancestorsOf(given);
  const questions = all({
    at: ask(path, { path: given }),
    above: each(above.map((ancestor) => ask(path, { path: ancestor }))),
  });
  return map(questions, ({ at, above: answers }) => {
    const way = [
      { path: given, at },
      ...above.map((ancestor, index) => ({ path: ancestor, at: answers[index] })),
    ];
    const there = way.find((step) => step.at && step.at.kind !== 'absent')?.at;
    const missing = way.filter((step) => step.at?.kind === 'absent').map((step) => step.path);
    return { path: given, at, missing: missing.toReversed(), setGroup: hasSetGroup(there) };
  });
}

/** Whether a path is a directory or leads to one. */
export function isDirectory(at: PathAnswer): boolean {
  return at.kind === 'directory' || (at.kind === 'link' && at.followed?.kind === 'directory');
}

/** The change that makes directories, given topmost first; all get the wanted attributes. Throws CannotPlan where a parent is none. */
export function makeDirectories(
  given: string,
  state: Pick<DirectoryState, 'at' | 'setGroup'>,
  missing: readonly string[],
  wanted: WantedAttributes,
): Change {
  if (state.at.kind === 'absent') refuseUnreachable(given, state.at);
  const inherited = state.setGroup ? '2755' : '0755';
  const mode = wanted.mode === undefined ? inherited : resolveMode(wanted.mode, '0755', true);
  const chown = ownerArgument(null, wanted);
  return {
    what: `make ${missing.length > 1 ? 'directories' : 'directory'} ${missing.join(', ')}`,
    diff: { before: null, after: missing.map((one) => `directory ${one}\n`).join('') },
    touches: missing.map((one) => `path:${one}` as const),
    apply: lines([
      refusing,
      sh`clear() {
${removeEmpty(missing.toReversed())}
}`,
      wanted.mode === undefined
        ? sh`umask 022; mkdir -- ${missing} || ${refused(missing[0] ?? given)}`
        : sh`mkdir -m ${modeArgument(mode)} -- ${missing} || ${refused(missing[0] ?? given)}`,
      // They are new, and nobody has put anything into them.
      ...(chown === undefined ? [] : [sh`chown -- ${chown} ${missing} || { clear; exit 1; }`]),
      ...(chown !== undefined && /^[2-7]/.test(mode)
        ? [sh`chmod -- ${modeArgument(mode)} ${missing} || { clear; exit 1; }`]
        : []),
      ...missing.map(relabel),
    ]),
    undo: removeEmpty(missing.toReversed()),
    predicts: missing.map((one) =>
      predict(
        { fact: path, subject: { path: one } },
        newAttributes('directory', 0, mode, { ...wanted, mode }),
      ),
    ),
  };
}

function refuseUnreachable(given: string, at: PathAnswer & { kind: 'absent' }): void {
  if (at.hidden)
    throw new CannotPlan(`a directory above ${given} cannot be searched`, { next: 'become a user who may' });
  if (at.parent === 'other') throw new CannotPlan(`there is something above ${given} that is no directory`);
}

function removeEmpty(deepestFirst: readonly string[]): Script {
  return lines(deepestFirst.map((one) => sh`if [ -d ${one} ]; then rmdir -- ${one} || exit 1; fi`));
}

function hasSetGroup(at: PathAnswer | undefined): boolean {
  if (!at || at.kind === 'absent') return false;
  const attributes = at.kind === 'link' ? at.followed : at;
  return attributes?.kind === 'directory' && (Number.parseInt(attributes.mode, 8) & 0o2000) !== 0;
}
