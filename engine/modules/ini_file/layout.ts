import type { Line } from '../text_edit/lines.ts';

/** One piece of a section: its header's line, or -1 for what stands before all headers, and the line after its last. */
export interface Region {
  readonly header: number;
  readonly end: number;
}

/** A line that sets an option. */
export interface OptionLine {
  readonly index: number;
  readonly indent: string;
  /** Without the blanks around it; null where the line has no `=`. */
  readonly value: string | null;
  /** Commented out. */
  readonly inactive: boolean;
}

/**
 * The name of the section that a line begins, or undefined. It may hold a bracket, and a comment may follow it: the
 * first bracket behind which there are only blanks or a comment ends the name.
 */
export function headerOf(text: string): string | undefined {
  const plain = /^\[(.*?)\][ \t]*(?:[#;].*)?$/.exec(text) ?? /^\[([^\]]*)\]/.exec(text);
  return plain?.[1];
}

/** The pieces of a section, in order; null is what stands before all headers. */
export function regionsOf(lines: readonly Line[], section: string | null): readonly Region[] {
  const headers = lines.flatMap(({ text }, index) => {
    const name = headerOf(text);
    return name === undefined ? [] : [{ index, name }];
  });
  const first = { header: -1, end: headers[0]?.index ?? lines.length };
  if (section === null) return [first];
  return headers.flatMap(({ index, name }, at) =>
    name === section ? [{ header: index, end: headers[at + 1]?.index ?? lines.length }] : [],
  );
}

/** The lines of a region that set an option, those that are commented out as well. */
export function optionLines(lines: readonly Line[], region: Region, option: string): readonly OptionLine[] {
  const found: OptionLine[] = [];
  const escaped = option.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const looks = new RegExp(`^([ \\t]*)([#;]?)[ \\t]*${escaped}[ \\t]*(?:=[ \\t]*([^]*?)[ \\t]*)?$`);
  for (let index = region.header + 1; index < region.end; index += 1) {
    const match = looks.exec((lines[index] as Line).text);
    if (!match) continue;
    const [, indent = '', sign, value = null] = match;
    found.push({ index, indent, value, inactive: sign !== '' });
  }
  return found;
}

/** The line after the last one of a region that says something, and how the first one in it is indented. */
export function endOfRegion(
  lines: readonly Line[],
  { header, end }: Region,
): { readonly index: number; readonly indent: string } {
  const own = lines.slice(header + 1, end);
  const first = own.find(({ text }) => !isSilent(text));
  if (first) {
    const last = own.findLastIndex(({ text }) => !isSilent(text));
    return { index: header + 1 + last + 1, indent: indentOf(first.text) };
  }
  return { index: header >= 0 ? header + 1 : afterFirstComments(lines, end), indent: '' };
}

/** Where a region ends for who takes it out: comments right above the next header belong to that. */
export function endToRemove(lines: readonly Line[], { header, end }: Region): number {
  let at = end;
  while (at < lines.length && at - 1 > header && isComment((lines[at - 1] as Line).text)) at -= 1;
  // Without an empty line between, they may as well belong to what is above them.
  const isApart = at - 1 > header && isBlank((lines[at - 1] as Line).text);
  return isApart ? at : end;
}

/** The number of the line on which a value goes on, if it has several. */
export function continuation(lines: readonly Line[], index: number): number | undefined {
  const { text } = lines[index] as Line;
  if (text.endsWith('\\')) return index;
  const next = lines[index + 1]?.text ?? '';
  return !isSilent(next) && indentOf(next).length > indentOf(text).length ? index + 1 : undefined;
}

function isSilent(text: string): boolean {
  return isBlank(text) || isComment(text);
}

// One character may be a byte of another, so that no other blanks are known here.
function isBlank(text: string): boolean {
  return /^[ \t]*$/.test(text);
}

function isComment(text: string): boolean {
  return /^[ \t]*[#;]/.test(text);
}

function indentOf(text: string): string {
  return /^[ \t]*/.exec(text)?.[0] ?? '';
}

// What a file begins with is about the file.
function afterFirstComments(lines: readonly Line[], end: number): number {
  let at = 0;
  while (at < end && isComment((lines[at] as Line).text)) at += 1;
  return at === end && end < lines.length ? 0 : at;
}
