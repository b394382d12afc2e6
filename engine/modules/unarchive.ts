import { CannotPlan, type Change } from '../contract/change.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, known, map, type Probe } from '../contract/probe.ts';
import { path, type PathAnswer } from '../facts/path.ts';
import { type UnarchiveArgs, unarchiveArguments } from './unarchive/arguments.ts';
import { differences } from './unarchive/compare.ts';
import { membersOf } from './unarchive/members.ts';
import { askHere, type Found } from './unarchive/places.ts';
import { askThere } from './unarchive/remote.ts';
import { askTools, refuseTools, type Tools } from './unarchive/tools.ts';
import { unpackChange } from './unarchive/unpack.ts';

export interface UnarchiveState {
  /** What `creates` names, where it is said. */
  readonly creates: PathAnswer | null;
  readonly dest: PathAnswer;
  readonly tools: Tools;
  /** What is in the archive and what lies where it would go; null where there is no such archive. */
  readonly found: Found | null;
}

/** Keeps the content of an archive in a directory. */
export const unarchive: Module<UnarchiveArgs, UnarchiveState> = {
  kind: 'resource',
  name: 'unarchive',
  summary: 'Unpacks an archive of the controller, or of the host, into a directory.',
  args: unarchiveArguments,
  notes: [
    'A file is as wanted where its content is that of the archive (SHA-256), and its mode. With `remote_src` size and time are compared instead, as rsync does; a time that a zip archive gives without a zone is read as UTC.',
    'Only what differs is put into place, each file in one step; all is unpacked into a closed folder within `dest` before. Directories that are there keep their mode, unless `mode` is said.',
    'Refused before anything is written: names that are absolute or hold `..`, links that lead out of `dest`, what lies below a link, devices.',
    'The listing of an archive of the controller is read there; for bz2, xz and zst that needs the program on the controller too. The host needs tar and what unpacks the compression, or unzip.',
    'Names that are no UTF-8, sparse files, encrypted archives and archives of more than 4 GiB in zip are not taken, nor zip archives of the host with symbolic links in them. `remote_src` takes no URL: `get_url` comes first.',
  ],
  probe(args) {
    const dest = tidyPath(args.dest);
    return all({
      creates: args.creates === undefined ? known(null) : ask(path, { path: tidyPath(args.creates) }),
      dest: ask(path, { path: dest }),
      tools: askTools(),
      found: foundIn(args),
    });
  },
  plan(args, state): readonly Change[] {
    if (state.creates && state.creates.kind !== 'absent') return [];
    const folder = state.dest.kind === 'link' ? (state.dest.followed ?? { kind: 'absent' }) : state.dest;
    if (folder.kind !== 'directory')
      throw new CannotPlan(
        folder.kind === 'absent'
          ? `the directory ${args.dest} does not exist`
          : `${args.dest} is a ${folder.kind}, not a directory`,
        {
          missing: `path:${tidyPath(args.dest)}`,
          next: `make it first: file: {path: ${args.dest}, state: directory}`,
        },
      );
    if (!state.found) {
      throw new CannotPlan(`there is no archive ${String(args.src)} on the host`, {
        missing: `path:${tidyPath(String(args.src))}`,
      });
    }
    const differing = differences(args, state.found, state.dest);
    if (differing.length === 0) return [];
    refuseTools(state.tools, state.found.format);
    return [unpackChange(args, state.found, differing)];
  },
  result(args, { found }) {
    const format = found?.format;
    const names = found?.members.map(({ from }) => from);
    return {
      dest: args.dest,
      src: typeof args.src === 'string' ? args.src : args.src.file.path,
      ...(format === undefined ? {} : { handler: format }),
      ...(args.list_files && names ? { files: names } : {}),
    };
  },
};

function foundIn(args: UnarchiveArgs): Probe<Found | null> {
  const { src } = args;
  if (typeof src === 'string') return askThere(args, src);
  return map(askHere(args, membersOf(args, src.entries)), (rest) => ({ format: src.format, ...rest }));
}
