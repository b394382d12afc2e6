import { CannotPlan } from '../../contract/change.ts';
import { globTest } from '../../contract/glob.ts';
import { isBelow, joinPath, parentOf, tidyPath } from '../../contract/host_path.ts';
import type { ArchiveEntry } from '../../contract/schema.ts';
import type { UnarchiveArgs } from './arguments.ts';

/** Something that is to lie on the host. */
export interface Member extends ArchiveEntry {
  /** Where it lies when all is unpacked elsewhere, below that folder. */
  readonly from: string;
  readonly path: string;
}

/** What is to be unpacked, one member a path, parents first. Throws CannotPlan for what would leave `dest`. */
export function membersOf(args: UnarchiveArgs, entries: readonly ArchiveEntry[]): readonly Member[] {
  const { strip } = optionsOf(args);
  const dest = tidyPath(args.dest);
  const isWanted = selection(args);
  refuseUnsafe(entries);
  const members = new Map<string, Member>();
  for (const entry of entries) {
    const from = plainName(entry.name);
    const name = from.split('/').slice(strip).join('/');
    if (from === '' || name === '' || !isWanted(from)) continue;
    const path = joinPath(dest, name);
    members.delete(path);
    members.set(path, { ...entry, from, path });
  }
  const files = new Map(
    entries.filter(({ kind }) => kind !== 'hardlink').map((entry) => [plainName(entry.name), entry]),
  );
  const all = [...members.values()].map((member) => checked(member, dest, files));
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The directories that members lie in and that are no members themselves, below `dest`; parents first. */
export function impliedFolders(dest: string, members: readonly Member[]): readonly string[] {
  const own = new Set(members.map(({ path }) => path));
  const found = new Set<string>();
  for (const { path } of members)
    for (let at = parentOf(path); isBelow(at, tidyPath(dest)); at = parentOf(at))
      if (!own.has(at)) found.add(at);
  return [...found].sort();
}

/** What `extra_opts` asks for. Throws CannotPlan for what is not known to be harmless. */
export function optionsOf({ extra_opts: given = [] }: UnarchiveArgs): {
  readonly strip: number;
  readonly words: readonly string[];
} {
  let strip = 0;
  const words: string[] = [];
  const rest = [...given];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, attached] = /^--strip(?:-components)?(?:=(\d+))?$/.exec(word) ?? [null];
    if (/^--strip(-components)?(=|$)/.test(word)) {
      const count = attached ?? rest.shift() ?? '';
      if (!/^\d{1,3}$/.test(count)) throw new CannotPlan('`--strip-components` needs a number');
      strip = Number(count);
    } else if (word === '-o' || word === '--no-same-owner') words.push('-o');
    else if (word === '--numeric-owner') words.push(word);
    else if (word !== '-p' && word !== '--same-permissions')
      throw new CannotPlan(`${JSON.stringify(word)} is not taken in \`extra_opts\``, {
        next: 'use --strip-components=N, --no-same-owner, --numeric-owner, or `include`, `exclude` and `keep_newer`',
      });
  }
  return { strip, words };
}

function plainName(name: string): string {
  if (name.startsWith('/')) throw outside(name, 'is an absolute path');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw outside(name, 'leads upwards');
  if (name.includes('\0')) throw outside(name, 'holds a NUL byte');
  return parts.join('/');
}

/** All of an archive is unpacked before what is wanted is taken from it, so no part of it may write elsewhere. */
function refuseUnsafe(entries: readonly ArchiveEntry[]): void {
  const leaves = new Map<string, ArchiveEntry>();
  for (const entry of entries) if (entry.kind !== 'directory') leaves.set(plainName(entry.name), entry);
  for (const { name, kind, target = '' } of entries) {
    const parts = plainName(name).split('/');
    for (let count = 1; count < parts.length; count += 1) {
      const above = leaves.get(parts.slice(0, count).join('/'));
      if (above)
        throw outside(name, `lies below ${above.name}, which is a ${above.kind} in the same archive`);
    }
    if (kind === 'hardlink' && leaves.get(plainName(target))?.kind === 'link')
      throw outside(name, `is a hard link to the link ${target}`);
  }
}

/** A hard link is told as the file that it is one with. */
function checked(member: Member, dest: string, files: ReadonlyMap<string, ArchiveEntry>): Member {
  const { name, kind, target = '' } = member;
  if (kind === 'other')
    throw new CannotPlan(`${name} in the archive is a device, socket or FIFO`, {
      next: `exclude: ["${name}"]`,
    });
  if (kind === 'link' && (target.startsWith('/') || !resolvedWithin(parentOf(member.path), target, dest)))
    throw outside(name, `is a link to ${target}`);
  if (kind !== 'hardlink') return member;
  const twin = files.get(plainName(target));
  if (twin?.kind !== 'file')
    throw new CannotPlan(`${name} in the archive is a hard link to ${target}, which is no file in it`);
  const { size, mode, sha256 } = twin;
  return { ...member, kind: 'file', size, mode, ...(sha256 === undefined ? {} : { sha256 }) };
}

function resolvedWithin(folder: string, target: string, dest: string): boolean {
  let at = folder;
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    at = part === '..' ? parentOf(at) : joinPath(at, part);
    if (at !== dest && !isBelow(at, dest)) return false;
  }
  return true;
}

function outside(name: string, why: string): CannotPlan {
  return new CannotPlan(
    `${JSON.stringify(name)} in the archive ${why}, and could be unpacked outside of \`dest\``,
    {
      next: 'nothing was unpacked; `exclude` a link that is not needed',
    },
  );
}

/** A pattern means the whole name, or a directory above; in `exclude` also each end of it, as tar’s `--exclude`. */
function selection({ include, exclude = [] }: UnarchiveArgs): (name: string) => boolean {
  const included = include?.map((pattern) => globTest(tidyName(pattern)));
  const excluded = exclude.map((pattern) => globTest(tidyName(pattern)));
  return (name) => {
    const parts = name.split('/');
    const heads = parts.map((_, index) => parts.slice(0, index + 1));
    const isIn = !included || heads.some((head) => included.some((test) => test.test(head.join('/'))));
    const isOut = heads.some((head) =>
      head.some((_, index) => excluded.some((test) => test.test(head.slice(index).join('/')))),
    );
    return isIn && !isOut;
  };
}

function tidyName(pattern: string): string {
  return pattern.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
}
