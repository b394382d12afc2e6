import { CannotPlan } from '../../contract/change.ts';
import type { EditedText } from '../../facts/edit_file.ts';
import { endOf, insertLines, joinLines, type Line, matched, splitLines } from '../text_edit/lines.ts';
import { expandTemplate, translatePattern } from '../text_edit/pattern.ts';
import { type Place, type PlaceArguments, placeIn, placeOf } from '../text_edit/place.ts';

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

/** The arguments of an edit as a playbook gives them. */
export interface LineArguments extends PlaceArguments {
  readonly state?: 'present' | 'absent';
  readonly line?: string | undefined;
  readonly regexp?: string;
  readonly search_string?: string;
  readonly firstmatch?: boolean;
  readonly backrefs?: boolean;
}

/** Reads an edit from its arguments. Throws CannotPlan for those that do not go together. */
export function lineEdit(args: LineArguments): LineEdit {
  const { state = 'present', regexp, search_string: searchString } = args;
  const line = args.line?.replace(/\r?\n$/, '');
  refuseIf(line !== undefined && /[\r\n]/.test(line), 'line holds more than one line');
  refuseIf(state === 'present' && line === undefined, 'line is needed');
  refuseIf(regexp !== undefined && searchString !== undefined, 'regexp and search_string exclude each other');
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
    place: placeOf(args),
    firstMatch: args.firstmatch === true,
    backrefs: args.backrefs === true,
  };
}

/** Makes the edit. As Ansible does it, but each line keeps its own kind of end. */
export function editLines(text: string, edit: LineEdit): EditedText {
  const lines = splitLines(text);
  return edit.state === 'absent' ? withoutLines(text, lines, edit) : withLine(text, lines, edit);
}

function refuseIf(isWrong: boolean, why: string): void {
  if (isWrong) throw new CannotPlan(why);
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function withoutLines(text: string, lines: readonly Line[], edit: LineEdit): EditedText {
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

function withLine(text: string, lines: readonly Line[], edit: LineEdit): EditedText {
  const wanted = edit.line as string;
  const found = findMatch(lines, edit);
  const index = found === -1 ? findSame(lines, edit) : found;
  if (index !== -1) {
    const old = lines[index] as Line;
    const match = edit.backrefs && found !== -1 ? edit.regexp?.exec(matched(old)) : null;
    const now = match ? expandTemplate(wanted, match, 'line').replace(/\n$/, '') : wanted;
    const line = { text: now, end: old.end || endOf(lines) };
    if (line.text === old.text && line.end === old.end) return { text };
    return { text: joinLines(lines.with(index, line)), what: `replace line ${index + 1} of` };
  }
  // Without a match there is nothing to fill the line from.
  if (edit.backrefs) return { text };
  const place = placeIn(lines, edit.place, edit.firstMatch);
  // Ansible's check where `firstmatch` has ended its search before the line was seen.
  if (edit.place.kind === 'after' && lines[place]?.text === wanted) return { text };
  const added = insertLines(lines, place, [{ text: wanted, end: endOf(lines) }]);
  return { text: joinLines(added), what: 'add a line to' };
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
