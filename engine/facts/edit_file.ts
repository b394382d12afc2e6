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
  /** A file that is not there is made, with the directories above it; absent where nobody can ask for that. */
  readonly create?: boolean;
}

/** How an edit of text is carried out. */
export interface TextEditOptions extends EditOptions {
  /** Without a file there is nothing to do. */
  readonly onlyWhereThere?: boolean;
  /** What to do about an edit that would find something to change each time it is made. */
  readonly ifEndless: string;
}

/** What became of a text; `what` says it ("add a line to") and is absent where nothing changed. */
export interface EditedText {
  readonly text: string;
  readonly what?: string;
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

/** The changes of an edit of a file's text, which has one character a byte. Throws CannotPlan where it would have no end. */
export function planTextEdit(
  given: string,
  state: EditState,
  edit: (text: string) => EditedText,
  { onlyWhereThere, ifEndless, ...options }: TextEditOptions,
): readonly Change[] {
  const old = editable(given, state);
  if (old === null && onlyWhereThere) return [];
  const edited = edit(old?.toString('latin1') ?? '');
  if (edit(edited.text).what !== undefined)
    throw new CannotPlan(`the edit of ${given} would find something to change each time it is made`, {
      next: ifEndless,
    });
  const what = `${edited.what ?? 'make'} ${given}`;
  return planEdit(given, state, { bytes: Buffer.from(edited.text, 'latin1'), what }, options);
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
      ...(options.create === undefined ? {} : { next: 'say create: true to make it' }),
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
