import { CannotPlan, type Change, saved, sent } from '../contract/change.ts';
import { modeArgument } from '../contract/file_mode.ts';
import {
  refused,
  refusing,
  replaceFile,
  restoreFile,
  restoreInPlace,
  writeInPlace,
} from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import type { Attributes } from './attributes.ts';
import { backupPath } from './backup_path.ts';
import type { ContentAnswer } from './content.ts';
import { diffText } from './diff_text.ts';
import { blobOf, type NewContent, shownNew, sizeOf } from './new_content.ts';
import type { PathAnswer } from './path.ts';
import { predictFile } from './predict_file.ts';
import {
  attributeGap,
  attributeScripts,
  newAttributes,
  ownerArgument,
  type WantedAttributes,
} from './wanted_attributes.ts';
import { writable } from './writable.ts';

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
    overLink,
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
    apply: inPlace ? writeInPlace(replacement, saved(0)) : replaceFile(replacement),
    undo: undoOf(writing, { real, isThere: before !== null || overLink, inPlace, backup, gap }),
    predicts: predictFile(writing.path, writing.at, real, after, writing.content),
  };
}

function isInPlace({ links = 'refuse', path: given }: Writing, before: Attributes | null): boolean {
  if (!before) return false;
  if (links === 'keep') return true;
  if (before.links <= 1 || links === 'break') return false;
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
  if (!isThere) return lines([refusing, sh`rm -f -- ${real} || ${refused(real)}`]);
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

function diffOf({ path: file, now, content: made, secret }: Writing): Change['diff'] {
  const before = now.kind === 'absent' ? null : shown(now);
  const masked = (text: string | null) => (text === null ? null : new Secret(text));
  if (made.kind === 'bytes' && made.bytes instanceof Secret)
    return { before: masked(before), after: made.bytes, file };
  const after = shownNew(made);
  return secret ? { before: masked(before), after: masked(after), file } : { before, after, file };
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
