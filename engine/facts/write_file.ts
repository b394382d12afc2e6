import {
  type Blob,
  CannotPlan,
  type Change,
  predict,
  type Prediction,
  saved,
  sent,
} from '../contract/change.ts';
import { sha256 } from '../contract/digest.ts';
import { modeArgument } from '../contract/file_mode.ts';
import { joinPath, nameOf, parentOf } from '../contract/host_path.ts';
import { replaceFile, restoreFile, restoreInPlace, writeInPlace } from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import type { Attributes } from './attributes.ts';
import { content, type ContentAnswer } from './content.ts';
import { diffText } from './diff_text.ts';
import { path, type PathAnswer } from './path.ts';
import {
  attributeGap,
  attributeScripts,
  newAttributes,
  ownerArgument,
  type WantedAttributes,
} from './wanted_attributes.ts';

/** What a file should hold: bytes that are known here, or a file that is streamed or lies on the host. */
export type NewContent =
  | { readonly kind: 'bytes'; readonly bytes: Buffer | Secret }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly size: number;
      readonly sha256: string;
      readonly bytes?: Buffer;
    }
  | {
      readonly kind: 'host';
      readonly path: string;
      readonly size: number;
      readonly sha256: string;
      readonly bytes?: Buffer;
    };

/** A file as it is and as it should be. */
export interface Writing extends WantedAttributes {
  /** Tidy; may be a link, whose file is then meant. */
  readonly path: string;
  readonly at: PathAnswer;
  readonly now: ContentAnswer;
  readonly content: NewContent;
  /** What to say instead of "write PATH" or "replace PATH". */
  readonly what?: string;
  readonly validate?: string | undefined;
  readonly backup?: boolean | undefined;
  /** What becomes of a file with several names. */
  readonly links?: 'refuse' | 'keep' | 'break' | undefined;
  /** Neither what was there nor what comes may be shown. */
  readonly secret?: boolean | undefined;
  /** The mode of a new file where none is asked for. */
  readonly newMode?: string;
  /** Replace a link itself, not the file that it leads to. */
  readonly replaceLink?: boolean | undefined;
  /** An undo gives the file a new time, for programs that watch times. */
  readonly freshUndo?: true;
}

/** What is really written: the path behind links, and what is there. Throws CannotPlan where no file can be. */
export function writable(
  at: PathAnswer,
  given: string,
  replaceLink = false,
): { real: string; before: Attributes | null } {
  if (at.kind === 'absent') {
    const parent = parentOf(given);
    if (at.hidden) throw new CannotPlan(`${parent} cannot be searched`, { next: 'become a user who may' });
    if (at.parent === 'other') throw new CannotPlan(`there is something above ${given} that is no directory`);
    if (at.parent === 'absent') {
      throw new CannotPlan(`the directory ${parent} does not exist`, {
        missing: `path:${parent}`,
        next: `make it first: file: {path: ${parent}, state: directory}`,
      });
    }
    return { real: given, before: null };
  }
  if (at.kind === 'file') return { real: given, before: at };
  if (at.kind === 'link') {
    if (replaceLink) return { real: given, before: null };
    if (!at.followed || at.real === undefined) {
      throw new CannotPlan(`${given} is a link to ${at.target}, which does not exist`, {
        missing: `path:${given}`,
        next: 'make what it leads to, or remove the link',
      });
    }
    if (at.followed.kind === 'file') return { real: at.real, before: at.followed };
    throw new CannotPlan(`${given} leads to a ${at.followed.kind}, not to a file`);
  }
  throw new CannotPlan(`${given} is a ${at.kind}, not a file`);
}

/** The change that puts content into place, attributes included. */
export function writeFile(writing: Writing): Change {
  const { real, before } = writable(writing.at, writing.path, writing.replaceLink);
  const inPlace = isInPlace(writing, before);
  const overLink = writing.replaceLink === true && writing.at.kind === 'link';
  const gap = before && attributeGap(before, writing);
  const size = sizeOf(writing.content);
  const after = before
    ? { ...(gap?.predicted ?? before), size }
    : newAttributes('file', size, writing.newMode ?? '0644', writing);
  const backup = writing.backup ? backupPath(real, writing.now) : undefined;
  const replacement = {
    path: real,
    source: writing.content.kind === 'host' ? sh`${writing.content.path}` : sent(0),
    before,
    chown: before ? gap?.chown : ownerArgument(null, writing),
    chmod: before ? gap?.chmod : chmodOfNew(writing, after),
    validate: writing.validate,
    backup,
  };
  return {
    what: [writing.what ?? `${before ? 'replace' : 'write'} ${writing.path}`, ...(gap?.what ?? [])].join(
      ', ',
    ),
    diff: diffOf(writing),
    touches: [...new Set([writing.path, real, ...(backup ? [backup] : [])])].map(
      (one) => `path:${one}` as const,
    ),
    ...(before || overLink ? { saves: [real] } : {}),
    ...(writing.content.kind === 'host' ? {} : { sends: [blobOf(writing.content)] }),
    apply: inPlace ? writeInPlace(replacement) : replaceFile(replacement),
    undo: undoOf(writing, { real, isThere: before !== null || overLink, inPlace, backup, gap }),
    predicts: predictFile(writing.path, writing.at, real, after, writing.content),
  };
}

/** The change of nothing but attributes; null where there is none to make. */
export function changeOfAttributes(
  given: string,
  at: PathAnswer,
  wanted: WantedAttributes,
  follow = true,
): Change | null {
  if (at.kind === 'absent') return null;
  const isFollowed = follow && at.kind === 'link' && at.followed && at.real !== undefined;
  const real = isFollowed ? (at.real as string) : given;
  const gap = attributeGap(isFollowed ? (at.followed as Attributes) : at, wanted);
  if (!gap) return null;
  const touched = [...new Set([given, real])];
  return {
    what: `${given}: ${gap.what.join(', ')}`,
    diff: { before: gap.before, after: gap.after },
    touches: touched.map((one) => `path:${one}` as const),
    ...attributeScripts(real, gap),
    predicts: [
      predict({ fact: path, subject: { path: real } }, gap.predicted),
      ...(isFollowed
        ? [predict({ fact: path, subject: { path: given } }, { ...at, followed: gap.predicted })]
        : []),
    ],
  };
}

/** The SHA-256 of new content. */
export function sha256Of(made: NewContent): string {
  if (made.kind !== 'bytes') return made.sha256;
  return sha256(made.bytes instanceof Secret ? made.bytes.reveal() : made.bytes);
}

function isInPlace({ links = 'refuse', path: given }: Writing, before: Attributes | null): boolean {
  if (!before || before.links <= 1 || links === 'break') return false;
  if (links === 'keep') return true;
  throw new CannotPlan(`${given} has ${before.links} names (hard links), and a new file would part them`, {
    next: 'say links: keep (written in place, not in one step) or links: break',
  });
}

function undoOf(
  writing: Writing,
  made: {
    real: string;
    isThere: boolean;
    inPlace: boolean;
    backup: string | undefined;
    gap: ReturnType<typeof attributeGap>;
  },
): Script {
  const { real, isThere, inPlace, backup, gap } = made;
  const removed = backup === undefined ? [] : [sh`rm -f -- ${backup} || exit 1`];
  if (!isThere) return sh`rm -f -- ${real} || exit 1`;
  if (!inPlace)
    return lines([restoreFile(real, saved(0), writing.freshUndo ? { fresh: true } : {}), ...removed]);
  return lines([
    restoreInPlace(real, saved(0)),
    ...(gap ? [attributeScripts(real, gap).undo] : []),
    ...removed,
  ]);
}

// With an owner to give, the file is closed until it is given; so its mode must be said as well.
function chmodOfNew(writing: Writing, after: Attributes): string | undefined {
  const isAsked =
    writing.mode !== undefined || ownerArgument(null, writing) !== undefined || after.mode !== '0644';
  return isAsked ? modeArgument(after.mode) : undefined;
}

function sizeOf(made: NewContent): number {
  if (made.kind !== 'bytes') return made.size;
  return made.bytes instanceof Secret ? Buffer.byteLength(made.bytes.reveal()) : made.bytes.length;
}

function blobOf(made: Exclude<NewContent, { kind: 'host' }>): Blob {
  if (made.kind === 'file') return { kind: 'file', path: made.path, size: made.size };
  return { kind: 'bytes', bytes: made.bytes };
}

// Beside the file and never at the end of a watched suffix; the old content's digest keeps two backups apart.
function backupPath(real: string, now: ContentAnswer): string | undefined {
  const digest = digestOf(now);
  if (digest === undefined) return undefined;
  const name = nameOf(real);
  // A file name may have 255 bytes.
  const shown = Buffer.byteLength(name) > 240 ? [...name].slice(0, 60).join('') : name;
  return joinPath(parentOf(real), `${shown}.${digest.slice(0, 8)}~`);
}

function digestOf(now: ContentAnswer): string | undefined {
  if (now.kind === 'text') return sha256(now.bytes);
  return now.kind === 'same' || now.kind === 'large' ? now.sha256 : undefined;
}

function diffOf({ now, content: made, secret }: Writing): Change['diff'] {
  const before = now.kind === 'absent' ? null : shown(now);
  const masked = (text: string | null) => (text === null ? null : new Secret(text));
  if (made.kind === 'bytes' && made.bytes instanceof Secret)
    return { before: masked(before), after: made.bytes };
  const after = shownNew(made);
  return secret ? { before: masked(before), after: masked(after) } : { before, after };
}

function shown(now: ContentAnswer): string {
  switch (now.kind) {
    case 'text':
      return diffText(now.bytes);
    case 'large':
      return `(${now.size} bytes${now.sha256 ? `, sha256 ${now.sha256}` : ''})\n`;
    case 'same':
      return `(sha256 ${now.sha256})\n`;
    default:
      return `(${now.kind})\n`;
  }
}

function shownNew(made: NewContent): string {
  if (made.bytes && !(made.bytes instanceof Secret)) return diffText(made.bytes);
  return `(${sizeOf(made)} bytes, sha256 ${sha256Of(made)})\n`;
}

function predictFile(
  given: string,
  at: PathAnswer,
  real: string,
  after: Attributes,
  made: NewContent,
): readonly Prediction[] {
  const answer = predictedContent(made);
  const followed = given === real ? [] : [{ path: given, at: { ...at, followed: after } as PathAnswer }];
  return [{ path: real, at: after as PathAnswer }, ...followed].flatMap((one) => [
    predict({ fact: path, subject: { path: one.path } }, one.at),
    predict({ fact: content, subject: { path: one.path, whole: true as const } }, answer),
    predict({ fact: content, subject: { path: one.path, wanted: sha256Of(made) } }, {
      kind: 'same',
      sha256: sha256Of(made),
    } as const),
  ]);
}

function predictedContent(made: NewContent): ContentAnswer {
  if (made.kind === 'bytes') {
    const bytes = made.bytes instanceof Secret ? Buffer.from(made.bytes.reveal()) : made.bytes;
    return { kind: 'text', bytes };
  }
  if (made.bytes) return { kind: 'text', bytes: made.bytes };
  return { kind: 'large', size: made.size, sha256: made.sha256 };
}
