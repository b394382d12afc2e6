import { CannotPlan } from '../../contract/change.ts';
import { expandTemplate, translatePattern } from './pattern.ts';

/** What a line edit looks for and puts; all text has one character a byte. */
export interface LineEdit {
  readonly state: 'present' | 'absent';
  /** Without an end of line. */
  readonly line: string | undefined;
  readonly regexp: RegExp | undefined;
  readonly searchString: string | undefined;
  readonly place: Place;
  readonly firstMatch: boolean;
  readonly backrefs: boolean;
}

/** Where a line goes that is not there yet. */
export type Place =
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  | { readonly kind: 'after' | 'before'; readonly pattern: RegExp };

/** The arguments of an edit as a playbook gives them. */
export interface LineArguments {
  readonly state?: 'present' | 'absent';
  readonly line?: string | undefined;
  readonly regexp?: string;
  readonly search_string?: string;
  readonly insertafter?: string;
  readonly insertbefore?: string;
  readonly firstmatch?: boolean;
  readonly backrefs?: boolean;
}

/** Reads an edit from its arguments. Throws CannotPlan for those that do not go together. */
export function lineEdit(args: LineArguments): LineEdit {
  const { state = 'present', regexp, search_string: searchString, insertafter, insertbefore } = args;
  const line = args.line?.replace(/\r?\n$/, '');
  refuseIf(line !== undefined && /[\r\n]/.test(line), 'line holds more than one line');
  refuseIf(state === 'present' && line === undefined, 'line is needed');
  refuseIf(regexp !== undefined && searchString !== undefined, 'regexp and search_string exclude each other');
  refuseIf(
    insertafter !== undefined && insertbefore !== undefined,
    'insertafter and insertbefore exclude each other',
  );
  refuseIf(args.backrefs === true && regexp === undefined, 'backrefs needs regexp');
  refuseIf(
    state === 'absent' && line === undefined && regexp === undefined && searchString === undefined,
    'state: absent needs line, regexp or search_string',
  );
  return {
    state,
    line: line === undefined ? undefined : asBytes(line),
    regexp: regexp === undefined ? undefined : translatePattern(regexp, 'regexp'),
    searchString: searchString === undefined ? undefined : asBytes(searchString),
    place: placeOf(insertafter, insertbefore),
    firstMatch: args.firstmatch === true,
    backrefs: args.backrefs === true,
  };
}

/** What became of a text. */
export interface Edited {
  readonly text: string;
  /** "replace line 3 of", "add a line to"; absent where nothing changed. */
  readonly what?: string;
}

/** Makes the edit. As Ansible does it, but each line keeps its own kind of end. */
export function editLines(text: string, edit: LineEdit): Edited {
  const lines = splitLines(text);
  return edit.state === 'absent' ? withoutLines(text, lines, edit) : withLine(text, lines, edit);
}

function placeOf(insertafter: string | undefined, insertbefore: string | undefined): Place {
  if (insertafter === 'BOF' || insertbefore === 'BOF') return { kind: 'begin' };
  if (insertbefore !== undefined) {
    return { kind: 'before', pattern: translatePattern(insertbefore, 'insertbefore') };
  }
  if (insertafter === undefined || insertafter === 'EOF') return { kind: 'end' };
  return { kind: 'after', pattern: translatePattern(insertafter, 'insertafter') };
}

function refuseIf(isWrong: boolean, why: string): void {
  if (isWrong) throw new CannotPlan(why);
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

interface Line {
  readonly text: string;
  /** Empty for a last line without one. */
  readonly end: string;
}

function splitLines(text: string): Line[] {
  return Array.from(text.matchAll(/([^\n]*?)(\r?\n|$)/g), ([, line = '', end = '']) => ({
    text: line,
    end,
  })).filter(({ text: line, end }) => line !== '' || end !== '');
}

function joinLines(lines: readonly Line[]): string {
  return lines.map((line) => line.text + line.end).join('');
}

function withoutLines(text: string, lines: readonly Line[], edit: LineEdit): Edited {
  const rest = lines.filter((line) => !isMeant(line, edit));
  const count = lines.length - rest.length;
  if (count === 0) return { text };
  return { text: joinLines(rest), what: `remove ${count === 1 ? 'a line' : `${count} lines`} from` };
}

function isMeant(line: Line, { regexp, searchString, line: wanted }: LineEdit): boolean {
  if (regexp) return regexp.test(matched(line));
  if (searchString !== undefined) return line.text.includes(searchString);
  return line.text === wanted;
}

// As Python reads lines: with the newline, where there is one.
function matched({ text, end }: Line): string {
  return end === '' ? text : `${text}\n`;
}

function withLine(text: string, lines: readonly Line[], edit: LineEdit): Edited {
  const wanted = edit.line as string;
  const found = findMatch(lines, edit);
  const index = found === -1 ? findSame(lines, edit) : found;
  if (index !== -1) {
    const old = lines[index] as Line;
    const match = edit.backrefs && found !== -1 ? edit.regexp?.exec(matched(old)) : null;
    const now = match ? expandTemplate(wanted, match).replace(/\n$/, '') : wanted;
    const line = { text: now, end: old.end || endOf(lines) };
    if (line.text === old.text && line.end === old.end) return { text };
    return { text: joinLines(lines.with(index, line)), what: `replace line ${index + 1} of` };
  }
  // Without a match there is nothing to fill the line from.
  if (edit.backrefs) return { text };
  const place = placeIn(lines, edit);
  // Ansible's check where `firstmatch` has ended its search before the line was seen.
  if (edit.place.kind === 'after' && lines[place]?.text === wanted) return { text };
  return { text: joinLines(insert(lines, wanted, place)), what: 'add a line to' };
}

function findMatch(lines: readonly Line[], edit: LineEdit): number {
  if (!edit.regexp && edit.searchString === undefined) return -1;
  if (edit.firstMatch) return lines.findIndex((line) => isMeant(line, edit));
  return lines.findLastIndex((line) => isMeant(line, edit));
}

/** The line itself; with `firstmatch` only up to the place where it would go. */
function findSame(lines: readonly Line[], { line: wanted, place, firstMatch }: LineEdit): number {
  const isSame = ({ text }: Line) => text === wanted;
  if (!firstMatch || !('pattern' in place)) return lines.findLastIndex(isSame);
  const end = lines.findIndex((line) => !isSame(line) && place.pattern.test(matched(line)));
  return (end === -1 ? lines : lines.slice(0, end)).findLastIndex(isSame);
}

function insert(lines: readonly Line[], wanted: string, place: number): Line[] {
  const end = endOf(lines);
  // A last line without an end would run into one that comes after it.
  const ended =
    place < lines.length ? lines : lines.map((line) => (line.end === '' ? { ...line, end } : line));
  return ended.toSpliced(place, 0, { text: wanted, end });
}

function placeIn(lines: readonly Line[], { place, firstMatch }: LineEdit): number {
  if (place.kind === 'begin') return 0;
  if (place.kind === 'end') return lines.length;
  const matches = (line: Line) => place.pattern.test(matched(line));
  const index = firstMatch ? lines.findIndex(matches) : lines.findLastIndex(matches);
  if (index === -1) return lines.length;
  return place.kind === 'after' ? index + 1 : index;
}

function endOf(lines: readonly Line[]): string {
  return lines.find((line) => line.end !== '')?.end ?? '\n';
}
