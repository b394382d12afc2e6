import { all, ask, each, known, map, type Probe } from '../../contract/probe.ts';
import type { ArchiveFormat } from '../../contract/schema.ts';
import { content } from '../../facts/content.ts';
import { path, type PathAnswer } from '../../facts/path.ts';
import type { UnarchiveArgs } from './arguments.ts';
import { impliedFolders, type Member } from './members.ts';

/** What is at a path, and whether a file there holds what the archive has for it. */
export interface Place {
  readonly at: PathAnswer;
  readonly holds: boolean;
}

/** An archive's members, each with its place, and the directories that they need besides. */
export interface Found {
  readonly format: ArchiveFormat;
  readonly members: readonly Member[];
  readonly places: readonly Place[];
  readonly folders: readonly { readonly path: string; readonly at: PathAnswer }[];
}

/** Asks what lies where the members of an archive of the controller’s would go. */
export function askHere(args: UnarchiveArgs, members: readonly Member[]): Probe<Omit<Found, 'format'>> {
  const folders = impliedFolders(args.dest, members);
  return all({
    members: known(members),
    places: each(members.map(placeOf)),
    folders: each(folders.map((one) => all({ path: known(one), at: ask(path, { path: one }) }))),
  });
}

function placeOf(member: Member): Probe<Place> {
  const at = ask(path, { path: member.path });
  if (member.kind !== 'file' || member.sha256 === undefined)
    return map(at, (seen) => ({ at: seen, holds: true }));
  const { sha256: wanted } = member;
  return map(all({ at, now: ask(content, { path: member.path, wanted }) }), ({ at: seen, now }) => ({
    at: seen,
    // What a link leads to is not the file itself.
    holds: seen.kind === 'file' && now.kind === 'same',
  }));
}
