/*
 * A properties file as java.util.Properties and Felix read it, each part at its place, so that one value can be
 * changed and every other byte stays. Text has one character a byte.
 */

/** One key and its value. */
export interface Property {
  /** Escapes undone; one character a byte still, but for \uXXXX. */
  readonly key: string;
  readonly value: string;
  /** From the start of its first line to the start of the next. */
  readonly start: number;
  readonly end: number;
  /** Where the value stands, separator and blanks before it excluded, the end of line too. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** What stands between key and value; empty where there is no value. */
  readonly separator: string;
}

/** The properties of a text, in order; comments and empty lines between them are not told. */
export function readLayout(text: string): Property[] {
  const found: Property[] = [];
  let at = 0;
  while (at < text.length) {
    const end = logicalEnd(text, at);
    const property = readProperty(text, at, end);
    if (property) found.push(property);
    at = end;
  }
  return found;
}

/** The end of line that a text uses; a newline where it has none. */
export function lineEndOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
}

/** Whether a text ends within a line that goes on: with a backslash, or with one and an end of line. */
export function endsOpen(text: string): boolean {
  let start = 0;
  for (let at = 0; at < text.length; at = logicalEnd(text, at)) start = at;
  const last = text.slice(start, withoutLineEnd(text, start, text.length));
  return !isComment(last) && isContinued(last.slice(lastLineStart(last)));
}

const blank = /[ \t\f]/;

// A comment does not go on with a backslash; all else does.
function logicalEnd(text: string, start: number): number {
  let lineStart = start;
  for (;;) {
    const end = endOfLine(text, lineStart);
    const line = text.slice(lineStart, end);
    const next = afterLineEnd(text, end);
    if ((lineStart === start && isComment(line)) || !isContinued(line) || next === end) return next;
    lineStart = next;
    if (lineStart >= text.length) return lineStart;
  }
}

function readProperty(text: string, start: number, end: number): Property | undefined {
  const lineEnd = withoutLineEnd(text, start, end);
  // A backslash that nothing follows, at the end of the file, stands for nothing.
  const isOpen = isContinued(text.slice(start, lineEnd));
  const bodyEnd = isOpen ? lineEnd - 1 : lineEnd;
  let at = start;
  while (at < bodyEnd && blank.test(text[at] as string)) at += 1;
  if (at >= lineEnd || text[at] === '#' || text[at] === '!') return undefined;
  const keyStart = at;
  while (at < bodyEnd && !/[=: \t\f]/.test(text[at] as string)) at = afterCharacter(text, at);
  const keyEnd = Math.min(at, bodyEnd);
  at = skipBlanks(text, keyEnd, bodyEnd);
  if (at < bodyEnd && (text[at] === '=' || text[at] === ':')) at = skipBlanks(text, at + 1, bodyEnd);
  return {
    key: unescapeText(text.slice(keyStart, keyEnd)),
    value: unescapeText(text.slice(at, bodyEnd)),
    start,
    end,
    valueStart: at,
    valueEnd: lineEnd,
    separator: text.slice(keyEnd, at),
  };
}

/** A continued line's break and the blanks after it are nothing; `\uXXXX` and the letters are what they stand for. */
function unescapeText(raw: string): string {
  return raw.replaceAll(
    /\\(?:(?:\r\n|\n|\r)[ \t\f]*|u([0-9A-Fa-f]{4})|([^]))|\\$/g,
    (_whole, hex?: string, letter?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (letter === undefined) return '';
      return { t: '\t', n: '\n', r: '\r', f: '\f' }[letter] ?? letter;
    },
  );
}

// An escaped character belongs to the key, an escaped end of line with the blanks after it does too.
function afterCharacter(text: string, at: number): number {
  if (text[at] !== '\\') return at + 1;
  const broken = /^\\(\r\n|\n|\r)[ \t\f]*/.exec(text.slice(at, at + 4096));
  return broken ? at + broken[0].length : at + 2;
}

function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  for (;;) {
    const broken = /^\\(\r\n|\n|\r)[ \t\f]*/.exec(text.slice(at, Math.min(end, at + 4096)));
    if (broken) at += broken[0].length;
    else if (at < end && blank.test(text[at] as string)) at += 1;
    else return at;
  }
}

function isComment(line: string): boolean {
  return /^[ \t\f]*[#!]/.test(line);
}

function isContinued(line: string): boolean {
  return ((/\\*$/.exec(line)?.[0].length ?? 0) & 1) === 1;
}

function endOfLine(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) if (text[at] === '\n' || text[at] === '\r') return at;
  return text.length;
}

function afterLineEnd(text: string, at: number): number {
  if (text.startsWith('\r\n', at)) return at + 2;
  return at < text.length ? at + 1 : at;
}

function withoutLineEnd(text: string, start: number, end: number): number {
  if (end - 2 >= start && text.slice(end - 2, end) === '\r\n') return end - 2;
  return end > start && /[\r\n]/.test(text[end - 1] as string) ? end - 1 : end;
}

function lastLineStart(text: string): number {
  return Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
}
