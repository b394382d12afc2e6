import type { FettleError, Position } from './errors.ts';

/**
 * An error as its user reads it: place and summary, the line with a caret, detail, the next step.
 *
 *     site.yml:4:7: `ownr` is not an argument of `file`
 *         ownr: root
 *         ^
 *       Did you mean `owner`?
 */
export function formatError(error: FettleError): string {
  const { position, detail, next } = error;
  const lines = [position ? `${place(position)}: ${error.message}` : error.message];
  if (position?.text !== undefined && position.text.trim() !== '')
    lines.push(...caret(position.text, position.column));
  if (detail !== undefined) lines.push(indent(detail));
  if (next !== undefined) lines.push(indent(next));
  return lines.join('\n');
}

/** FILE:LINE:COLUMN, as editors and terminals make it a link. */
export function place(position: Position): string {
  return `${position.file}:${position.line}:${position.column}`;
}

/** How many columns of a terminal a text takes: two for Chinese, Japanese and Korean letters and emoji, none for what is put over a letter. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += overLetters.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

const overLetters = /[\p{Mn}\p{Me}\p{Cf}]/u;
const wide =
  /[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;

const widest = 160;

function caret(text: string, column: number): string[] {
  const at = Math.min(column - 1, text.length);
  const lead = /^\s*/.exec(text)?.[0].length ?? 0;
  // What stands before the indentation matters to nobody; a very long line is cut around the caret.
  const start = at - Math.min(lead, at) > widest - 40 ? at - 60 : Math.min(lead, at);
  const shown = text.slice(start, start + widest).trimEnd();
  const before = text.slice(start, at);
  return [`    ${shown}`, `    ${[...before].map(blank).join('')}^`];
}

// A tab stays a tab.
function blank(character: string): string {
  return character === '\t' ? '\t' : ' '.repeat(columnsOf(character));
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
