import type { Change } from '../contract/change.ts';
import { joinPath } from '../contract/host_path.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import { Secret } from '../shell/secret.ts';
import { changeOfAttributes } from './attribute_change.ts';
import { content, type ContentAnswer } from './content.ts';
import { askDirectory, type DirectoryState, isDirectory, makeDirectories } from './make_directory.ts';
import { type NewContent, sha256Of } from './new_content.ts';
import { path, type PathAnswer } from './path.ts';
import type { WantedAttributes } from './wanted_attributes.ts';
import { writeFile, type Writing } from './write_file.ts';

/** A path that content is put at, and what is there. */
export interface Place {
  readonly path: string;
  readonly at: PathAnswer;
  readonly now: ContentAnswer;
}

/** A destination that may be a directory to put something into. */
export interface Destination {
  readonly dest: DirectoryState;
  readonly place: Place;
}

/** How content is put into place; a `mode` of `preserve` is settled by now. */
export interface PutOptions extends WantedAttributes, Pick<Writing, 'validate' | 'backup' | 'links'> {
  /** false: what is there already stays as it is. */
  readonly force?: boolean | undefined;
  /** false: a link itself is replaced. */
  readonly follow?: boolean | undefined;
}

/** Asks for a path, and whether it holds what has this SHA-256. */
export function askPlace(at: string, wanted: string): Probe<Place> {
  const probe = all({ at: ask(path, { path: at }), now: ask(content, { path: at, wanted }) });
  return map(probe, (state) => ({ path: at, ...state }));
}

/** Asks for a tidy destination; with a name, where it is a directory or `into` is said, for the name in it. */
export function askDestination(
  dest: string,
  within: { readonly name: string; readonly into: boolean } | undefined,
  wanted: string,
): Probe<Destination> {
  const places = [dest, ...(within ? [joinPath(dest, within.name)] : [])];
  const probe = all({
    dest: askDirectory(dest),
    places: each(places.map((one) => askPlace(one, wanted))),
  });
  return map(probe, ({ dest: directory, places: [plain, inside] }) => {
    const isInto = within && (within.into || isDirectory(directory.at));
    return { dest: directory, place: (isInto ? inside : plain) as Place };
  });
}

/** The changes that put content at a destination, the directories for it included. */
export function putAt(
  { dest, place }: Destination,
  made: NewContent,
  options: PutOptions,
  directories: WantedAttributes,
): readonly Change[] {
  const isBelowNew = dest.path !== place.path && dest.missing.length > 0;
  if (!isBelowNew) return putFile(place, made, options);
  return [
    makeDirectories(dest.path, dest, dest.missing, directories),
    ...putFile(underNew(place), made, options),
  ];
}

/** The changes that put content at a path. */
export function putFile(place: Place, made: NewContent, options: PutOptions): readonly Change[] {
  const { force, follow, ...wanted } = options;
  if (force === false && place.at.kind !== 'absent') return [];
  const writing: Writing = {
    ...wanted,
    ...place,
    content: made,
    replaceLink: follow === false,
    newMode: made.kind === 'bytes' && made.bytes instanceof Secret ? '0600' : '0644',
  };
  const isLink = place.at.kind === 'link' && follow === false;
  if (isLink || !holds(place.now, sha256Of(made))) return [writeFile(writing)];
  const change = changeOfAttributes(place.path, place.at, writing);
  return change ? [change] : [];
}

/** What a path in a directory that an earlier change of this plan makes will be. */
export function underNew(place: Place): Place {
  return { ...place, at: { kind: 'absent', parent: 'directory' } };
}

/** Whether a file holds what has this SHA-256. */
function holds(now: ContentAnswer, wanted: string): boolean {
  switch (now.kind) {
    case 'same':
    case 'large':
      return now.sha256 === wanted;
    case 'text':
      return sha256Of({ kind: 'bytes', bytes: now.bytes }) === wanted;
    default:
      return false;
  }
}
