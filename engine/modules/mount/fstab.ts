import { decodeField } from '../../facts/mounts.ts';
import { CannotPlan } from '../../contract/change.ts';
import { sameOptions } from './options.ts';

/** A line of fstab(5), decoded. */
export interface FstabEntry {
  readonly source: string;
  readonly path: string;
  readonly type: string;
  readonly options: string;
  readonly dump: string;
  readonly passno: string;
}

/** The entries for a path; for swap, which has no path, those of its source. */
export function entriesFor(text: string, wanted: Pick<FstabEntry, 'source' | 'path'>): readonly FstabEntry[] {
  return linesOf(text).flatMap((line) => {
    const entry = readEntry(line);
    return entry && isFor(entry, wanted) ? [entry] : [];
  });
}

/**
 * A text in which an entry stands: its line is changed only in the fields that mean something else, all other bytes stay.
 * Throws CannotPlan where several lines are for the path.
 */
export function withEntry(text: string, wanted: FstabEntry): string {
  const all = linesOf(text);
  const places = all.flatMap((line, index) => {
    const entry = readEntry(line);
    return entry && isFor(entry, wanted) ? [index] : [];
  });
  if (places.length > 1) {
    throw new CannotPlan(
      `${wanted.path} has ${places.length} lines in the file: ${places.map((at) => at + 1).join(', ')}`,
      {
        next: 'remove all but one with `lineinfile`',
      },
    );
  }
  const [at] = places;
  if (at === undefined) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${written(wanted)}\n`;
  return all.with(at, changed(all[at] as string, wanted)).join('');
}

/** A text without the lines for a path. */
export function withoutEntry(text: string, wanted: Pick<FstabEntry, 'source' | 'path'>): string {
  return linesOf(text)
    .filter((line) => {
      const entry = readEntry(line);
      return !entry || !isFor(entry, wanted);
    })
    .join('');
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function isFor(entry: FstabEntry, { source, path }: Pick<FstabEntry, 'source' | 'path'>): boolean {
  if (path === 'none' || path === 'swap') return entry.type === 'swap' && entry.source === source;
  return entry.path === path || (entry.path.length > 1 && entry.path.replace(/\/+$/, '') === path);
}

// Only blanks, tabs and line ends part fields: other bytes may be within a character.
const pattern = new RegExp(
  String.raw`^([ \t]*)([^ \t\n#][^ \t\n]*)([ \t]+)([^ \t\n]+)([ \t]+)([^ \t\n]+)` +
    String.raw`(?:([ \t]+)([^ \t\n]+)(?:([ \t]+)(\d+)(?:([ \t]+)(\d+))?)?)?`,
);

function readEntry(line: string): FstabEntry | null {
  const match = pattern.exec(line);
  if (!match) return null;
  const [, , source = '', , path = '', , type = '', , options = 'defaults', , dump = '0', , passno = '0'] =
    match;
  return {
    source: decodeField(source),
    path: decodeField(path),
    type,
    options: decodeField(options),
    dump,
    passno,
  };
}

function changed(line: string, wanted: FstabEntry): string {
  const match = pattern.exec(line) as RegExpExecArray;
  const now = readEntry(line) as FstabEntry;
  const gaps = [match[1], match[3], match[5], match[7], match[9], match[11]];
  const raw = [match[2], match[4], match[6], match[8], match[10], match[12]];
  const keep = [
    now.source === wanted.source,
    true,
    now.type === wanted.type,
    sameOptions(now.options, wanted.options),
    now.dump === wanted.dump,
    now.passno === wanted.passno,
  ];
  if (keep.every(Boolean)) return line;
  const fresh = fieldsOf(wanted);
  // A later field needs those before it.
  const count = Math.max(raw.filter((field) => field !== undefined).length, lastNeeded(keep) + 1);
  const head = fresh
    .slice(0, count)
    .map(
      (field, index) =>
        `${gaps[index] ?? ' '}${keep[index] && raw[index] !== undefined ? raw[index] : field}`,
    );
  return `${head.join('')}${line.slice(match[0].length)}`;
}

function lastNeeded(keep: readonly boolean[]): number {
  return keep.lastIndexOf(false);
}

function written(entry: FstabEntry): string {
  return fieldsOf(entry).join(' ');
}

function fieldsOf({ source, path, type, options, dump, passno }: FstabEntry): readonly string[] {
  return [encode(source), encode(path), type, encode(options), dump, passno];
}

/** A number sign would begin a comment. */
function encode(text: string): string {
  return text.replaceAll(/[ \t\n\\]|^#/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
