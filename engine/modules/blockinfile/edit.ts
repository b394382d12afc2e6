import { CannotPlan } from '../../contract/change.ts';
import { matchesWithin } from '../../contract/pattern_limit.ts';
import type { EditedText } from '../../facts/edit_file.ts';
import { endOf, insertLines, joinLines, type Line, splitLines } from '../text_edit/lines.ts';
import { inlineFlags, translatePattern } from '../text_edit/pattern.ts';
import { type Place, type PlaceArguments, placeIn, placeOf } from '../text_edit/place.ts';

/** A block to be kept; all text has one character a byte. */
export interface BlockEdit {
  /** Its lines; null where it is not to be there. */
  readonly block: readonly string[] | null;
  readonly begin: string;
  readonly end: string;
  readonly place: BlockPlace;
  /** An empty line before it, and after it. */
  readonly gapBefore: boolean;
  readonly gapAfter: boolean;
}

/** With `whole`, the place is at the first match in the whole text. */
type BlockPlace =
  | Place
  | { readonly kind: 'after' | 'before'; readonly whole: RegExp; readonly written: string };

/** The arguments of an edit as a playbook gives them. */
export interface BlockArguments extends PlaceArguments {
  readonly state?: 'present' | 'absent';
  readonly block: string;
  readonly marker?: string;
  readonly marker_begin?: string;
  readonly marker_end?: string;
  readonly append_newline?: boolean;
  readonly prepend_newline?: boolean;
}

/** Reads an edit from its arguments. Throws CannotPlan for those that do not go together. */
export function blockEdit(args: BlockArguments): BlockEdit {
  const { marker = '# {mark} ANSIBLE MANAGED BLOCK', marker_begin = 'BEGIN', marker_end = 'END' } = args;
  const begin = asBytes(marker.replaceAll('{mark}', () => marker_begin));
  const end = asBytes(marker.replaceAll('{mark}', () => marker_end));
  if (/[\r\n]/.test(begin + end)) throw new CannotPlan('marker holds more than one line');
  if (begin === end) throw new CannotPlan('marker_begin and marker_end are the same');
  const lines =
    args.block === ''
      ? []
      : asBytes(args.block)
          .replace(/\r?\n$/, '')
          .split(/\r?\n/);
  if (lines.some((line) => line === begin || line === end))
    throw new CannotPlan('the block holds a line that is one of its markers', {
      next: 'give it another marker',
    });
  return {
    block: args.state === 'absent' || lines.length === 0 ? null : lines,
    begin,
    end,
    place: placeOfBlock(args),
    gapBefore: args.prepend_newline === true,
    gapAfter: args.append_newline === true,
  };
}

/** Makes the edit. */
export function editBlock(text: string, edit: BlockEdit): EditedText {
  const lines = splitLines(text);
  const found = pairsIn(lines, edit);
  const made = edit.block === null ? without(lines, found) : withBlock(lines, found, edit, edit.block);
  const result = joinLines(made);
  if (result === text) return { text };
  return { text: result, what: whatOf(found.length, edit) };
}

interface Pair {
  /** The lines of the two markers. */
  readonly first: number;
  readonly last: number;
}

/** Every block that is there. Throws CannotPlan for a marker that has no other one. */
function pairsIn(lines: readonly Line[], { begin, end }: BlockEdit): readonly Pair[] {
  const pairs: Pair[] = [];
  const alone: number[] = [];
  let open: number | undefined;
  lines.forEach(({ text }, index) => {
    if (text === begin) {
      if (open !== undefined) alone.push(open);
      open = index;
    } else if (text === end) {
      if (open === undefined) alone.push(index);
      else pairs.push({ first: open, last: index });
      open = undefined;
    }
  });
  if (open !== undefined) alone.push(open);
  if (alone.length === 0) return pairs;
  const shown = alone.map((index) => `line ${index + 1} (${lines[index]?.text})`).join(', ');
  throw new CannotPlan(`a marker stands without its other one: ${Buffer.from(shown, 'latin1').toString()}`, {
    next: 'add the other marker where the block begins or ends, or remove this one',
  });
}

function without(lines: readonly Line[], pairs: readonly Pair[]): readonly Line[] {
  return lines.filter((_, index) => !pairs.some(({ first, last }) => index >= first && index <= last));
}

function withBlock(
  lines: readonly Line[],
  pairs: readonly Pair[],
  edit: BlockEdit,
  block: readonly string[],
): readonly Line[] {
  const pair = pairs.at(-1);
  const end = endOf(lines);
  const rest = pair ? lines.toSpliced(pair.first, pair.last - pair.first + 1) : lines;
  const place = pair ? pair.first : placeOfNew(lines, edit.place);
  // The last line of a file may end with the file.
  const lastEnd = pair && place === rest.length ? (lines[pair.last]?.end ?? end) : end;
  const own = [edit.begin, ...block, edit.end];
  const added = own.map((text, index) => ({ text, end: index === own.length - 1 ? lastEnd : end }));
  const needsBefore = edit.gapBefore && place > 0 && rest[place - 1]?.text !== '';
  const needsAfter = edit.gapAfter && place < rest.length && rest[place]?.text !== '';
  const gap = { text: '', end };
  return insertLines(rest, place, [...(needsBefore ? [gap] : []), ...added, ...(needsAfter ? [gap] : [])]);
}

function placeOfBlock(args: BlockArguments): BlockPlace {
  const { insertafter, insertbefore } = args;
  const written = insertbefore ?? insertafter;
  const place = placeOf(args);
  if (written === undefined || !inlineFlags(written).includes('m')) return place;
  const kind = insertbefore === undefined ? 'after' : 'before';
  return { kind, written, whole: translatePattern(written, `insert${kind}`, { flags: 'g' }) };
}

function placeOfNew(lines: readonly Line[], place: BlockPlace): number {
  if (!('whole' in place)) return placeIn(lines, place);
  // As Python reads lines; their ends have one character each.
  const text = lines.map((line) => line.text).join('\n') + (lines.at(-1)?.end ? '\n' : '');
  const found = matchesWithin(place.whole, text, 1000);
  if (!found)
    throw new CannotPlan(`insert${place.kind}: looking for ${place.written} took longer than 1000 ms`);
  const [match] = found;
  if (!match) return lines.length;
  if (place.kind === 'before') return linesIn(text.slice(0, match.index));
  return Math.min(linesIn(text.slice(0, match.index + match[0].length)) + 1, lines.length);
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

function whatOf(count: number, { block }: BlockEdit): string {
  if (block === null) return `remove ${count === 1 ? 'the block' : `${count} blocks`} from`;
  if (count === 0) return 'add a block to';
  return `set ${count === 1 ? 'the block' : `the last of ${count} blocks`} in`;
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
