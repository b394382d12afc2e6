import { CannotPlan, type Change } from '../contract/change.ts';
import { joinPath, nameOf, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, each, map, type Probe } from '../contract/probe.ts';
import type { LocalFolder } from '../contract/schema.ts';
import { linkChange } from '../facts/link_change.ts';
import { askDirectory, type DirectoryState, isDirectory, makeDirectories } from '../facts/make_directory.ts';
import { type NewContent, sha256Of } from '../facts/new_content.ts';
import {
  askDestination,
  askPlace,
  type Place,
  putAt,
  putFile,
  type PutOptions,
  underNew,
} from '../facts/put_file.ts';
import { type CopyArgs, copyArguments } from './copy/arguments.ts';
import { newContent, sourceOf } from './copy/source.ts';

export interface CopyState {
  readonly dest: DirectoryState;
  /** Folders below the target, in the order of the source. */
  readonly folders: readonly DirectoryState[];
  readonly items: readonly Place[];
  /** With `remote_src`. */
  readonly source?: Place;
}

/** Puts content, a file or a folder on the host. */
export const copy: Module<CopyArgs, CopyState> = {
  kind: 'resource',
  name: 'copy',
  summary: 'Puts given text, a file or a folder of the controller, or another file of the host at a path.',
  args: copyArguments,
  notes: [
    'A new file gets mode 0644 (0600 where its content is secret) and a new directory 0755, whatever the umask.',
    'Symbolic links at `dest` are followed unless `follow: false`; Ansible replaces them.',
    '`checksum` is SHA-256, not SHA-1. `remote_src` takes files, not folders.',
    'In a folder, symbolic links are made as links.',
  ],
  probe: probeCopy,
  plan: planCopy,
  result: (args, state) => ({ dest: state.items.length === 1 ? state.items[0]?.path : args.dest }),
};

// A hash that no file has: then the answer for a large file bears its own.
const someHash = '0'.repeat(64);

function probeCopy(args: CopyArgs): Probe<CopyState> {
  const dest = tidyPath(args.dest);
  const { src } = args;
  if (typeof src === 'object' && src.kind === 'folder') {
    const base = folderTarget(src, dest);
    const folders = src.entries.filter((entry) => entry.kind === 'folder');
    return all({
      dest: askDirectory(base),
      folders: each(folders.map((entry) => askDirectory(joinPath(base, entry.name)))),
      items: each(
        src.entries
          .filter((entry) => entry.kind !== 'folder')
          .map((entry) =>
            askPlace(joinPath(base, entry.name), entry.kind === 'file' ? entry.file.sha256 : someHash),
          ),
      ),
    });
  }
  const name = sourceName(args);
  const made = name === undefined || typeof src === 'string' ? undefined : (newContent(args) as NewContent);
  const wanted = args.content === undefined && !made ? someHash : sha256Of(newContent(args) as NewContent);
  const within = name === undefined ? undefined : { name, into: args.dest.endsWith('/') };
  const probe = all({
    target: askDestination(dest, within, wanted),
    source: each(typeof src === 'string' ? [askPlace(tidyPath(src), someHash)] : []),
  });
  return map(probe, ({ target, source }) => ({
    dest: target.dest,
    folders: [],
    items: [target.place],
    ...(source[0] ? { source: source[0] } : {}),
  }));
}

function planCopy(args: CopyArgs, state: CopyState): readonly Change[] {
  const { src } = args;
  if ((args.content === undefined) === (src === undefined)) {
    throw new CannotPlan('copy takes either content or src');
  }
  if (typeof src === 'object' && src.kind === 'folder') return planFolder(args, src, state);
  const place = state.items[0] as Place;
  if (args.content !== undefined && isDirectory(place.at)) {
    throw new CannotPlan(`${place.path} is a directory, and content has no name of its own`);
  }
  const source = sourceOf(args, state.source);
  const directories = { owner: args.owner, group: args.group, mode: args.directory_mode };
  return putAt({ dest: state.dest, place }, source.made, optionsOf(args, source.mode), directories);
}

function optionsOf({ mode, ...args }: CopyArgs, sourceMode: string | undefined): PutOptions {
  const { owner, group, backup, validate, links, force, follow } = args;
  return {
    owner,
    group,
    backup,
    validate,
    links,
    force,
    follow,
    mode: mode === 'preserve' ? sourceMode : mode,
  };
}

function planFolder(args: CopyArgs, src: LocalFolder, state: CopyState): readonly Change[] {
  refuseNonDirectories([state.dest, ...state.folders]);
  const missing = [
    ...state.dest.missing,
    ...state.folders.filter(({ at }) => at.kind === 'absent').map((folder) => folder.path),
  ];
  const isNew = new Set(missing);
  const changes: Change[] = isNew.size > 0 ? [makeMissing(args, state.dest, [...isNew])] : [];
  const entries = src.entries.filter((entry) => entry.kind !== 'folder');
  entries.forEach((entry, index) => {
    const seen = state.items[index] as Place;
    const place = seen.at.kind === 'absent' && isNew.size > 0 ? underNew(seen) : seen;
    if (entry.kind === 'link') {
      const change = linkChange(place.path, place.at, entry.target, { force: args.force !== false });
      if (change) changes.push(change);
      return;
    }
    const made: NewContent = { ...entry.file, kind: 'file' };
    changes.push(...putFile(place, made, optionsOf(args, entry.file.mode)));
  });
  return changes;
}

function refuseNonDirectories(folders: readonly DirectoryState[]): void {
  for (const { path: at, at: answer } of folders) {
    if (answer.kind !== 'absent' && !isDirectory(answer))
      throw new CannotPlan(`${at} is a ${answer.kind}, not a directory`);
  }
}

function makeMissing(args: CopyArgs, dest: DirectoryState, missing: readonly string[]): Change {
  return makeDirectories(dest.path, dest, missing, {
    owner: args.owner,
    group: args.group,
    mode: args.directory_mode,
  });
}

function folderTarget(src: LocalFolder, dest: string): string {
  return src.contents ? dest : joinPath(dest, nameOf(tidyPath(src.path)));
}

function sourceName({ src }: CopyArgs): string | undefined {
  if (src === undefined) return undefined;
  return nameOf(tidyPath(typeof src === 'string' ? src : src.path));
}
