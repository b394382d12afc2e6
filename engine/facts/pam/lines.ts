/** A word of a line as libpam reads it, and where it stands in the file: `start` to `end` holds its brackets too. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A line that libpam reads, with all that it goes on for by backslashes. */
export interface PamLine {
  /** The number of its first line in the file, from 1. */
  readonly number: number;
  /** Where it begins in the file, and where the next line does. */
  readonly start: number;
  readonly end: number;
  readonly words: readonly Word[];
}

/** A service file: the lines that say something. Blank lines and comments are what lies between them. */
export interface PamText {
  readonly lines: readonly PamLine[];
  /** The last line ends in a backslash: libpam then refuses the whole file. */
  readonly truncated: boolean;
}

interface Character {
  readonly char: string;
  readonly at: number;
}

/**
 * Reads a service file as libpam does (pam.conf(5), _pam_assemble_line and _pam_tokenize of Linux-PAM): `#` begins a
 * comment wherever it stands, a backslash at the end of a line goes on with the next one that is not blank, `[…]` is one word.
 */
export function readPamText(text: string): PamText {
  const lines: PamLine[] = [];
  let going: { number: number; start: number; characters: Character[] } | null = null;
  let at = 0;
  for (let number = 1; at < text.length; number += 1) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline + 1;
    const start = at;
    at = end;
    const physical = text.slice(start, end);
    const lead = /^[ \n\t]*/.exec(physical)?.[0].length ?? 0;
    if (lead === physical.length || physical[lead] === '#') continue;
    going ??= { number, start, characters: [] };
    const hash = physical.indexOf('#');
    const told = hash < 0 ? physical.replace(/[ \t\n]*$/, '') : physical.slice(0, hash);
    const goesOn = hash < 0 && told.endsWith('\\');
    const kept = goesOn ? `${told.slice(lead, -1)} ` : told.slice(lead);
    for (let index = 0; index < kept.length; index += 1)
      going.characters.push({ char: kept[index] as string, at: start + lead + index });
    if (goesOn) continue;
    lines.push({ number: going.number, start: going.start, end, words: wordsOf(going.characters) });
    going = null;
  }
  return { lines, truncated: going !== null };
}

function wordsOf(characters: readonly Character[]): readonly Word[] {
  const words: Word[] = [];
  const isBlank = (index: number) => /[ \n\t]/.test(characters[index]?.char ?? '');
  let index = 0;
  for (;;) {
    while (index < characters.length && isBlank(index)) index += 1;
    const first = characters[index];
    if (!first) return words;
    let text = '';
    if (first.char === '[') {
      for (index += 1; index < characters.length && characters[index]?.char !== ']'; index += 1) {
        if (characters[index]?.char === '\\' && characters[index + 1]?.char === ']') index += 1;
        text += characters[index]?.char;
      }
      index += 1;
    } else {
      for (; index < characters.length && !isBlank(index); index += 1) text += characters[index]?.char;
    }
    const last = characters[Math.min(index, characters.length) - 1] as Character;
    words.push({ text, start: first.at, end: last.at + 1 });
  }
}
