import { CannotPlan } from '../../contract/change.ts';
import { matchesWithin } from '../../contract/pattern_limit.ts';
import type { EditedText } from '../../facts/edit_file.ts';
import { expandTemplate, inlineFlags, translatePattern } from '../text_edit/pattern.ts';

/** What is to be replaced by what, as a playbook gives it. */
export interface Replacement {
  readonly regexp: string;
  /** A Python template. */
  readonly replace: string;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** Milliseconds for each pattern. */
const limit = 1000;

/** Makes the replacement in a text with one character a byte. Throws CannotPlan for patterns that cannot be used. */
export function replaceIn(text: string, edit: Replacement): EditedText {
  const bytes = Buffer.from(text, 'latin1');
  const decoded = bytes.toString('utf8');
  // The bytes of one character must not be matched one by one.
  const characters = Buffer.from(decoded).equals(bytes);
  const source = characters ? decoded : text;
  const { made, count } = replaced(source, edit, characters);
  if (made === source) return { text };
  const result = Buffer.from(made, characters ? 'utf8' : 'latin1');
  if (characters && result.toString('utf8') !== made)
    throw new CannotPlan('regexp: it would split a character in two', {
      next: 'write the character out in place of `.` or a class',
    });
  return {
    text: result.toString('latin1'),
    what: `replace ${count === 1 ? '1 match' : `${count} matches`} in`,
  };
}

function replaced(source: string, edit: Replacement, characters: boolean) {
  const range = rangeOf(source, edit, characters);
  const pattern = translatePattern(edit.regexp, 'regexp', { multiline: true, characters, flags: 'g' });
  const put = characters ? edit.replace : Buffer.from(edit.replace).toString('latin1');
  if (!range) return { made: source, count: 0 };
  const [start, end] = range;
  const section = source.slice(start, end);
  let made = source.slice(0, start);
  let at = 0;
  let count = 0;
  for (const match of matchesIn(section, pattern, 'regexp', edit.regexp)) {
    const [old] = match;
    const now = expandTemplate(put, match, 'replace');
    made += section.slice(at, match.index) + now;
    at = match.index + old.length;
    if (now !== old) count += 1;
  }
  return { made: made + section.slice(at) + source.slice(end), count };
}

/** Where it may be replaced; undefined if `after` and `before` are not found. */
function rangeOf(
  source: string,
  { after, before }: Replacement,
  characters: boolean,
): readonly [number, number] | undefined {
  if (after === undefined && before === undefined) return [0, source.length];
  const flags = inlineFlags(after ?? '') + inlineFlags(before ?? '');
  const section = after !== undefined && before !== undefined ? '(?P<subsection>.*?)' : '(?P<subsection>.*)';
  const written = `${flags && `(?${flags})`}${part(after)}${section}${part(before)}`;
  const argument = after === undefined ? 'before' : 'after';
  const pattern = translatePattern(written, argument, { dotAll: true, characters, flags: 'dg' });
  const [match] = matchesIn(source, pattern, argument, written);
  return match?.indices?.groups?.['subsection'];
}

function part(pattern: string | undefined): string {
  if (pattern === undefined) return '';
  const flags = inlineFlags(pattern);
  return `(?:${pattern.slice(flags === '' ? 0 : flags.length + 3)})`;
}

function matchesIn(
  text: string,
  pattern: RegExp,
  argument: string,
  written: string,
): readonly RegExpExecArray[] {
  const found = matchesWithin(pattern, text, limit);
  if (found) return found;
  throw new CannotPlan(`${argument}: looking for ${written} took longer than ${limit} ms`, {
    next: 'write it without a repetition in a repetition',
  });
}
