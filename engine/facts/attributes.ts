import { Unsettled } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';

/** What a path can be, apart from absent. */
export type PathKind = 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'block' | 'char';

/** What `stat` tells of one path; a prediction has -1 and '' for an owner that is not known before. */
export interface Attributes {
  readonly kind: PathKind;
  /** Permission bits, four octal digits. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Names; `UNKNOWN` where the host has none for the number. */
  readonly owner: string;
  readonly group: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly inode: string;
  readonly device: string;
  /** Hard links. */
  readonly links: number;
  /** The SELinux context, or null where there is none. */
  readonly label: string | null;
}

/**
 * Shell text that puts the format for `stat -c` into `f`. A name may hold blanks ("domain users") but no colon.
 * `%C` is asked only where SELinux is on: GNU stat fails with it elsewhere, and busybox may not know it.
 */
export const attributesFormat = sh`f=%f:%u:%g:%s:%Y:%i:%d:%h:%U:%G
if [ -e /sys/fs/selinux/enforce ] || [ -e /selinux/enforce ]; then f=$f:%C; fi`;

/** Reads as many lines of `stat -c` as paths were asked; throws Unsettled where their number differs. */
export function parseAttributes(text: string, count: number): Attributes[] {
  const rows = text.split('\n');
  if (rows.pop() !== '' || rows.length !== count)
    throw new Unsettled('a path went away while it was looked at');
  return rows.map(parseRow);
}

/** The attributes that an undo gives back: no times, no inode, no counts, no size of a directory. */
export function lastingAttributes(attributes: Attributes): unknown {
  const { kind, mode, uid, gid, size, label } = attributes;
  return { kind, mode: kind === 'link' ? null : mode, uid, gid, label, size: kind === 'file' ? size : null };
}

/** What the upper four bits of `st_mode` say (inode(7)). */
export const kindOfMode: Readonly<Record<number, PathKind>> = {
  0o01: 'fifo',
  0o02: 'char',
  0o04: 'directory',
  0o06: 'block',
  0o10: 'file',
  0o12: 'link',
  0o14: 'socket',
};

function parseRow(row: string): Attributes {
  const [raw = '', uid, gid, size, mtime, inode = '', device = '', links, owner = '', group = '', ...label] =
    row.split(':');
  const bits = Number.parseInt(raw, 16);
  const kind = kindOfMode[bits >> 12];
  if (kind === undefined || links === undefined) throw new Unsettled(`stat said ${JSON.stringify(row)}`);
  return {
    kind,
    mode: (bits & 0o7777).toString(8).padStart(4, '0'),
    uid: Number(uid),
    gid: Number(gid),
    owner,
    group,
    size: Number(size),
    mtime: Number(mtime),
    inode,
    device,
    links: Number(links),
    label: label.length >= 3 ? label.join(':') : null,
  };
}
