/**
 * The offset within a scalar's written form (`written`, quotes or block header included) of the character
 * at `offset` of its value. Exact but for a doubled single quote, where it may be one off.
 */
export function offsetInSource(written: string, value: string, offset: number): number {
  const escapes = written.startsWith('"');
  let at = contentStart(written);
  for (let index = 0; index < offset; index++) {
    if (escapes && written[at] === '\\') at += escapeLength(written, at);
    else if (isSpace(value[index])) at = afterSpace(written, at, value[index] as string);
    else at = afterCharacter(written, at, value[index] as string);
  }
  const wanted = value[offset];
  if (wanted === undefined || isSpace(wanted) || (escapes && written[at] === '\\')) return at;
  return Math.max(at, afterCharacter(written, at, wanted) - 1);
}

function contentStart(written: string): number {
  if (written.startsWith('"') || written.startsWith("'")) return 1;
  const header = /^[|>][^\n]*\n[ \n]*/.exec(written);
  return header ? header[0].length : 0;
}

function escapeLength(written: string, at: number): number {
  const lengths: Record<string, number> = { x: 4, u: 6, U: 10 };
  return lengths[written[at + 1] ?? ''] ?? 2;
}

// A line break in the source stands for a space or a newline, with the next line's indentation.
function afterSpace(written: string, at: number, wanted: string): number {
  const run = /^[ \t\r\n]*/.exec(written.slice(at))?.[0] ?? '';
  if (run === '') return at;
  return wanted === '\n' || run.includes('\n') ? at + run.length : at + 1;
}

function afterCharacter(written: string, at: number, wanted: string): number {
  const found = written.indexOf(wanted, at);
  return found < 0 ? at : found + 1;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\t';
}
