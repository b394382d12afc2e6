import { CannotPlan, type Change } from '../contract/change.ts';
import { parentOf } from '../contract/host_path.ts';
import { all, ask, type Probe } from '../contract/probe.ts';
import { changeOfAttributes } from './attribute_change.ts';
import { content, type ContentAnswer, wholeLimit } from './content.ts';
import { askDirectory, type DirectoryState, makeDirectories } from './make_directory.ts';
import { path, type PathAnswer } from './path.ts';
import type { WantedAttributes } from './wanted_attributes.ts';
import { writable } from './writable.ts';
import { writeFile, type Writing } from './write_file.ts';

/** A file that is edited: what it is, what it holds, and the way to it. */
export interface EditState {
  readonly at: PathAnswer;
  readonly now: ContentAnswer;
  readonly above: DirectoryState;
}

/** How an edit is carried out. */
export interface EditOptions
  extends WantedAttributes,
    Pick<Writing, 'validate' | 'backup' | 'links' | 'freshUndo' | 'secret'> {
  /** A file that is not there is made, with the directories above it. */
  readonly create: boolean;
}

/** Asks for a file, its text and its directory. */
export function askEdit(given: string): Probe<EditState> {
  return all({
    at: ask(path, { path: given }),
    now: ask(content, { path: given, whole: true }),
    above: askDirectory(parentOf(given)),
  });
}

/** The bytes of a file that is to be edited; null where there is none. Throws CannotPlan where they cannot be had. */
export function editable(given: string, { at, now }: EditState): Buffer | null {
  switch (now.kind) {
    case 'text':
      return now.bytes;
    case 'absent':
      // A dangling link is refused here, a file that came since then by the digest.
      if (at.kind !== 'absent') writable(at, given);
      return null;
    case 'large':
      throw new CannotPlan(`${given} has ${now.size} bytes; files of more than ${wholeLimit} are not edited`);
    case 'unreadable':
      throw new CannotPlan(`${given} cannot be read`, { next: 'become a user who may' });
    case 'other':
    case 'same':
      throw new CannotPlan(`${given} is not a file`);
  }
}

/** The changes that make a file hold `bytes` and have its attributes; `what` says what the edit does. */
export function planEdit(
  given: string,
  state: EditState,
  edit: { readonly bytes: Buffer; readonly what: string },
  options: EditOptions,
): readonly Change[] {
  const old = editable(given, state);
  if (old === null && !options.create) {
    throw new CannotPlan(`${given} does not exist`, {
      missing: `path:${given}`,
      next: 'say create: true to make it',
    });
  }
  if (old?.equals(edit.bytes)) {
    const change = changeOfAttributes(given, state.at, options);
    return change ? [change] : [];
  }
  const { missing } = state.above;
  const isBelowNew = old === null && missing.length > 0;
  const parents = isBelowNew ? [makeDirectories(state.above.path, state.above, missing, {})] : [];
  const write = writeFile({
    ...options,
    path: given,
    at: isBelowNew ? { kind: 'absent', parent: 'directory' } : state.at,
    now: state.now,
    content: { kind: 'bytes', bytes: edit.bytes },
    what: edit.what,
    ...(options.secret ? { newMode: '0600' } : {}),
  });
  return [...parents, write];
}
