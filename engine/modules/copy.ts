import { CannotPlan, type Change } from '../contract/change.ts';
import { joinPath, nameOf, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import type { LocalFolder } from '../contract/schema.ts';
import { changeOfAttributes } from '../facts/attribute_change.ts';
import { content } from '../facts/content.ts';
import { linkChange } from '../facts/link_change.ts';
import { askDirectory, type DirectoryState, isDirectory, makeDirectories } from '../facts/make_directory.ts';
import { type NewContent, sha256Of } from '../facts/new_content.ts';
import { path } from '../facts/path.ts';
import { writeFile, type Writing } from '../facts/write_file.ts';
import { type CopyArgs, copyArguments } from './copy/arguments.ts';
import { holds, type Item, newContent, sourceOf } from './copy/source.ts';

export interface CopyState {
  readonly dest: DirectoryState;
  /** Folders below the target, in the order of the source. */
  readonly folders: readonly DirectoryState[];
  readonly items: readonly Item[];
  /** With `remote_src`. */
  readonly source?: Item;
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
            askItem(joinPath(base, entry.name), entry.kind === 'file' ? entry.file.sha256 : someHash),
          ),
      ),
    });
  }
  const name = sourceName(args);
  const made = name === undefined || typeof src === 'string' ? undefined : (newContent(args) as NewContent);
  const wanted = args.content === undefined && !made ? someHash : sha256Of(newContent(args) as NewContent);
  const within = name === undefined ? undefined : joinPath(dest, name);
  const probe = all({
    dest: askDirectory(dest),
    items: each([dest, ...(within === undefined ? [] : [within])].map((one) => askItem(one, wanted))),
    source: each(typeof src === 'string' ? [askItem(tidyPath(src), someHash)] : []),
  });
  return map(probe, ({ dest: directory, items, source }) => {
    const isInto = within !== undefined && (args.dest.endsWith('/') || isDirectory(directory.at));
    return {
      dest: directory,
      folders: [],
      items: [(isInto ? items[1] : items[0]) as Item],
      ...(source[0] ? { source: source[0] } : {}),
    };
  });
}

function askItem(at: string, wanted: string): Probe<Item> {
  const probe = all({ at: ask(path, { path: at }), now: ask(content, { path: at, wanted }) });
  return map(probe, (state) => ({ path: at, ...state }));
}

function planCopy(args: CopyArgs, state: CopyState): readonly Change[] {
  const { src } = args;
  if ((args.content === undefined) === (src === undefined)) {
    throw new CannotPlan('copy takes either content or src');
  }
  if (typeof src === 'object' && src.kind === 'folder') return planFolder(args, src, state);
  const item = state.items[0] as Item;
  if (args.content !== undefined && isDirectory(item.at)) {
    throw new CannotPlan(`${item.path} is a directory, and content has no name of its own`);
  }
  const into = state.dest.path !== item.path && state.dest.missing.length > 0;
  const source = sourceOf(args, state.source);
  const changes = planFile(args, into ? underNew(item) : item, source.made, source.mode);
  return into ? [makeMissing(args, state.dest, state.dest.missing), ...changes] : changes;
}

function planFile(
  args: CopyArgs,
  item: Item,
  made: NewContent,
  sourceMode: string | undefined,
): readonly Change[] {
  if (args.force === false && item.at.kind !== 'absent') return [];
  const writing: Writing = {
    path: item.path,
    at: item.at,
    now: item.now,
    content: made,
    owner: args.owner,
    group: args.group,
    mode: args.mode === 'preserve' ? sourceMode : args.mode,
    validate: args.validate,
    backup: args.backup,
    links: args.links,
    replaceLink: args.follow === false,
    newMode:
      made.kind === 'bytes' && typeof made.bytes === 'object' && 'reveal' in made.bytes ? '0600' : '0644',
  };
  const isLink = item.at.kind === 'link' && args.follow === false;
  if (isLink || !holds(item.now, sha256Of(made))) return [writeFile(writing)];
  const change = changeOfAttributes(item.path, item.at, writing);
  return change ? [change] : [];
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
    const seen = state.items[index] as Item;
    const item = seen.at.kind === 'absent' && isNew.size > 0 ? underNew(seen) : seen;
    if (entry.kind === 'link') {
      const change = linkChange(item.path, item.at, entry.target, { force: args.force !== false });
      if (change) changes.push(change);
      return;
    }
    changes.push(...planFile(args, item, { ...entry.file, kind: 'file' }, entry.file.mode));
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

/** What a path in a directory that an earlier change of this plan makes will be. */
function underNew(item: Item): Item {
  return { ...item, at: { kind: 'absent', parent: 'directory' } };
}

function folderTarget(src: LocalFolder, dest: string): string {
  return src.contents ? dest : joinPath(dest, nameOf(tidyPath(src.path)));
}

function sourceName({ src }: CopyArgs): string | undefined {
  if (src === undefined) return undefined;
  return nameOf(tidyPath(typeof src === 'string' ? src : src.path));
}
