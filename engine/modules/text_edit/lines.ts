/** A line and what ends it; text has one character a byte. */
export interface Line {
  readonly text: string;
  /** Empty for a last line without one. */
  readonly end: string;
}

/** The lines of a text, each with its own kind of end. */
export function splitLines(text: string): Line[] {
  return Array.from(text.matchAll(/([^\n]*?)(\r?\n|$)/g), ([, line = '', end = '']) => ({
    text: line,
    end,
  })).filter(({ text: line, end }) => line !== '' || end !== '');
}

/** Lines as a text again. */
export function joinLines(lines: readonly Line[]): string {
  return lines.map((line) => line.text + line.end).join('');
}

/** The end of line that a text uses; a newline where it has none. */
export function endOf(lines: readonly Line[]): string {
  return lines.find((line) => line.end !== '')?.end ?? '\n';
}

/** Lines put at a place. A last line without an end would run into one that comes after it, so it gets one. */
export function insertLines(lines: readonly Line[], place: number, added: readonly Line[]): Line[] {
  const end = endOf(lines);
  const ended =
    place < lines.length ? lines : lines.map((line) => (line.end === '' ? { ...line, end } : line));
  return ended.toSpliced(place, 0, ...added);
}

/** A line as Python reads it for a pattern: with the newline, where there is one. */
export function matched({ text, end }: Line): string {
  return end === '' ? text : `${text}\n`;
}
