import { modeArgument, resolveMode } from '../contract/file_mode.ts';
import type { Script } from '../shell/script.ts';
import { changeAttributes } from '../shell/replace_file.ts';
import type { Attributes, PathKind } from './attributes.ts';

/** What a task may ask of a path besides what it holds. */
export interface WantedAttributes {
  /** A name, or a number in digits. */
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  /** Octal or letters. */
  readonly mode?: string | undefined;
}

/** What must change of a path's attributes. */
export interface AttributeGap {
  /** For the user: "mode 0644 → 0600". */
  readonly what: readonly string[];
  readonly before: string;
  readonly after: string;
  /** Arguments for chown and chmod. */
  readonly chown?: string;
  readonly chmod?: string;
  /** The same to take it back. */
  readonly undo: { readonly chown?: string; readonly chmod?: string };
  /** The attributes when it is done; ids and names that cannot be known are -1 and ''. */
  readonly predicted: Attributes;
}

/** What lies between present and wanted attributes, or null. The mode of a symbolic link is never asked for. */
export function attributeGap(now: Attributes, wanted: WantedAttributes): AttributeGap | null {
  const predicted = withAttributes(now, wanted);
  const chown = ownerArgument(now, wanted);
  const isModeOff = predicted.mode !== now.mode;
  if (chown === undefined && !isModeOff) return null;
  const lines = [
    ...(differs(now.owner, now.uid, wanted.owner) ? [['owner', now.owner, wanted.owner as string]] : []),
    ...(differs(now.group, now.gid, wanted.group) ? [['group', now.group, wanted.group as string]] : []),
    ...(isModeOff ? [['mode', now.mode, predicted.mode]] : []),
  ] as [string, string, string][];
  // chown takes set-id bits away.
  const again = chown !== undefined && now.kind !== 'link';
  const needsMode = isModeOff || (again && hasSetId(predicted.mode));
  const needsFormer = isModeOff || (again && hasSetId(now.mode));
  return {
    what: lines.map(([name, from, to]) => `${name} ${from} → ${to}`),
    before: lines.map(([name, from]) => `${name} ${from}\n`).join(''),
    after: lines.map(([name, , to]) => `${name} ${to}\n`).join(''),
    ...(chown === undefined ? {} : { chown }),
    ...(needsMode ? { chmod: modeArgument(predicted.mode) } : {}),
    undo: {
      ...(chown === undefined ? {} : { chown: `${now.uid}:${now.gid}` }),
      ...(needsFormer ? { chmod: modeArgument(now.mode) } : {}),
    },
    predicted,
  };
}

/** The scripts that close a gap and open it again. */
export function attributeScripts(
  path: string,
  gap: AttributeGap,
): { readonly apply: Script; readonly undo: Script } {
  const link = gap.predicted.kind === 'link';
  return {
    apply: changeAttributes(path, { chown: gap.chown, chmod: gap.chmod, link }),
    undo: changeAttributes(path, { ...gap.undo, link }),
  };
}

/** The attributes of something that is about to be made. */
export function newAttributes(
  kind: PathKind,
  size: number,
  mode: string,
  wanted: WantedAttributes,
): Attributes {
  const made: Attributes = {
    kind,
    mode,
    uid: -1,
    gid: -1,
    owner: '',
    group: '',
    size,
    mtime: 0,
    inode: '',
    device: '',
    links: 1,
    label: null,
  };
  return withAttributes(made, wanted);
}

/** An argument for chown, or undefined where owner and group are as wanted. */
export function ownerArgument(now: Attributes | null, wanted: WantedAttributes): string | undefined {
  const owner = now === null || differs(now.owner, now.uid, wanted.owner) ? wanted.owner : undefined;
  const group = now === null || differs(now.group, now.gid, wanted.group) ? wanted.group : undefined;
  if (owner === undefined && group === undefined) return undefined;
  return group === undefined ? (owner as string) : `${owner ?? ''}:${group}`;
}

function withAttributes(now: Attributes, wanted: WantedAttributes): Attributes {
  const mode =
    wanted.mode === undefined || now.kind === 'link'
      ? now.mode
      : resolveMode(wanted.mode, now.mode, now.kind === 'directory');
  const owner = differs(now.owner, now.uid, wanted.owner) ? wanted.owner : undefined;
  const group = differs(now.group, now.gid, wanted.group) ? wanted.group : undefined;
  return {
    ...now,
    mode,
    ...(owner === undefined ? {} : { uid: idOf(owner), owner: isId(owner) ? '' : owner }),
    ...(group === undefined ? {} : { gid: idOf(group), group: isId(group) ? '' : group }),
  };
}

function differs(name: string, id: number, wanted: string | undefined): boolean {
  if (wanted === undefined) return false;
  return isId(wanted) ? Number(wanted) !== id : wanted !== name;
}

function idOf(wanted: string): number {
  return isId(wanted) ? Number(wanted) : -1;
}

function isId(text: string): boolean {
  return /^\d+$/.test(text);
}

function hasSetId(mode: string): boolean {
  return (Number.parseInt(mode, 8) & 0o6000) !== 0;
}
