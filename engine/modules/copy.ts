import { Type } from 'typebox';
import { CannotPlan, type Change } from '../contract/change.ts';
import { joinPath, nameOf, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import { fileMode, hostPath, type Local, type LocalFolder, localPath } from '../contract/schema.ts';
import { content, type ContentAnswer } from '../facts/content.ts';
import { linkChange } from '../facts/link_change.ts';
import { askDirectory, type DirectoryState, isDirectory, makeDirectories } from '../facts/make_directory.ts';
import { path, type PathAnswer } from '../facts/path.ts';
import {
  changeOfAttributes,
  type NewContent,
  sha256Of,
  writeFile,
  type Writing,
} from '../facts/write_file.ts';
import type { Secret } from '../shell/secret.ts';

export interface CopyArgs {
  readonly content?: string | Secret;
  readonly src?: Local | string;
  readonly dest: string;
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: string;
  readonly directory_mode?: string;
  readonly force?: boolean;
  readonly backup?: boolean;
  readonly validate?: string;
  readonly remote_src?: boolean;
  readonly follow?: boolean;
  readonly checksum?: string;
  readonly links?: 'refuse' | 'keep' | 'break';
}

/** A file or link to be put at a path. */
interface Item {
  readonly path: string;
  readonly at: PathAnswer;
  readonly now: ContentAnswer;
}

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
  args: Type.Object(
    {
      content: Type.Optional(Type.String({ description: 'The text that the file holds; instead of `src`.' })),
      src: Type.Optional(
        localPath(
          'A file or folder of the controller, of any size. With a trailing slash the content of a folder is meant. With `remote_src` a file of the host.',
        ),
      ),
      dest: hostPath('Where to put it. With a trailing slash, or where it is a directory: into it.'),
      owner: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the owner.' })),
      group: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the group.' })),
      mode: Type.Optional(
        Type.Union([Type.Literal('preserve', { description: 'As the source has it.' }), fileMode()]),
      ),
      directory_mode: Type.Optional(fileMode('Mode of directories that are made.')),
      force: Type.Optional(
        Type.Boolean({ default: true, description: 'false: leave a file that is there already as it is.' }),
      ),
      backup: Type.Optional(
        Type.Boolean({ description: 'Keep the old file beside the new one, as `NAME.DIGEST~`.' }),
      ),
      validate: Type.Optional(
        Type.String({
          pattern: '%s',
          description:
            'A command that must accept the new file before it is put into place; `%s` is its path.',
          errorMessage: 'must contain %s',
        }),
      ),
      remote_src: Type.Optional(Type.Boolean({ description: '`src` is a file of the host.' })),
      follow: Type.Optional(
        Type.Boolean({
          default: true,
          description:
            'Where `dest` is a symbolic link, write the file it leads to; false replaces the link.',
        }),
      ),
      checksum: Type.Optional(
        Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'SHA-256 that the source must have.' }),
      ),
      links: Type.Optional(
        Type.Union([Type.Literal('refuse'), Type.Literal('keep'), Type.Literal('break')], {
          default: 'refuse',
          description: 'A file with several hard links: refuse, write in place, or part it from the others.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
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
  const source = sourceOf(args, state);
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

/** Content that is known before the host is asked. */
function newContent(args: CopyArgs): NewContent | undefined {
  const { content: text, src } = args;
  if (typeof text === 'string') return { kind: 'bytes', bytes: Buffer.from(text) };
  if (text !== undefined) return { kind: 'bytes', bytes: text };
  if (typeof src === 'object' && src.kind === 'file') return { ...src, kind: 'file' };
  return undefined;
}

function sourceOf(
  args: CopyArgs,
  state: CopyState,
): { readonly made: NewContent; readonly mode: string | undefined } {
  const made = newContent(args);
  if (made) {
    if (args.mode === 'preserve' && made.kind === 'bytes') throw new CannotPlan('mode: preserve needs a src');
    checkSum(args, sha256Of(made));
    return {
      made,
      mode: typeof args.src === 'object' && args.src.kind === 'file' ? args.src.mode : undefined,
    };
  }
  const source = state.source as Item;
  const attributes = source.at.kind === 'link' ? source.at.followed : source.at;
  if (!attributes || attributes.kind === 'absent') {
    throw new CannotPlan(`there is no file ${source.path} on the host`, { missing: `path:${source.path}` });
  }
  if (attributes.kind !== 'file') throw new CannotPlan(`${source.path} is a ${attributes.kind}, not a file`);
  const hostFile = hostContent(source);
  checkSum(args, sha256Of(hostFile));
  return { made: hostFile, mode: attributes.mode };
}

function hostContent({ path: at, now }: Item): NewContent {
  if (now.kind === 'text') {
    const { bytes } = now;
    return { kind: 'host', path: at, size: bytes.length, sha256: sha256Of({ kind: 'bytes', bytes }), bytes };
  }
  if (now.kind === 'large' && now.sha256 !== undefined) {
    return { kind: 'host', path: at, size: now.size, sha256: now.sha256 };
  }
  throw new CannotPlan(`${at} cannot be read`);
}

function checkSum({ checksum }: CopyArgs, actual: string): void {
  if (checksum === undefined || checksum.toLowerCase() === actual) return;
  throw new CannotPlan(`the source has the SHA-256 ${actual}, not ${checksum}`);
}

function holds(now: ContentAnswer, wanted: string): boolean {
  switch (now.kind) {
    case 'same':
      return now.sha256 === wanted;
    case 'text':
      return sha256Of({ kind: 'bytes', bytes: now.bytes }) === wanted;
    case 'large':
      return now.sha256 === wanted;
    default:
      return false;
  }
}
