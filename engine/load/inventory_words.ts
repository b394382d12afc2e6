/** A word of a line, quotes taken off, and the offset of its first character. */
export interface Word {
  readonly text: string;
  readonly offset: number;
}

/** What a line cannot be split for, and where. */
export interface WordMistake {
  readonly mistake: 'open quote' | 'trailing backslash';
  readonly offset: number;
}

/**
 * Splits a line as a POSIX shell would, as Python's `shlex.split(line, comments=True)` does it for Ansible:
 * a `#` ends the line even within a word.
 */
export function splitWords(line: string, comments = true): readonly Word[] | WordMistake {
  return special.test(line) ? splitQuoted(line, comments) : splitPlain(line);
}

const special = /["'\\#]/;
const ordinary = /[^"'\\# \t\r\n]+/y;

function splitPlain(line: string): readonly Word[] {
  const words: Word[] = [];
  for (const match of line.matchAll(/[^ \t\r\n]+/g)) words.push({ text: match[0], offset: match.index });
  return words;
}

function splitQuoted(line: string, comments: boolean): readonly Word[] | WordMistake {
  const words: Word[] = [];
  let text: string | undefined;
  let start = 0;
  let at = 0;
  const add = (piece: string) => {
    if (text === undefined) start = at;
    text = (text ?? '') + piece;
  };
  while (at < line.length) {
    const character = line[at] as string;
    if (character === '#' && comments) break;
    if (/[ \t\r\n]/.test(character)) {
      if (text !== undefined) words.push({ text, offset: start });
      text = undefined;
      at++;
    } else if (character === '"' || character === "'") {
      const quoted = readQuoted(line, at);
      if (quoted === undefined) return { mistake: 'open quote', offset: at };
      add(quoted.text);
      at = quoted.end;
    } else if (character === '\\') {
      const escaped = line[at + 1];
      if (escaped === undefined) return { mistake: 'trailing backslash', offset: at };
      add(escaped);
      at += 2;
    } else {
      ordinary.lastIndex = at;
      const piece = ordinary.exec(line)?.[0] ?? character;
      add(piece);
      at += piece.length;
    }
  }
  if (text !== undefined) words.push({ text, offset: start });
  return words;
}

function readQuoted(line: string, open: number): { text: string; end: number } | undefined {
  const quote = line[open] as string;
  let text = '';
  for (let at = open + 1; at < line.length; at++) {
    const character = line[at] as string;
    if (character === quote) return { text, end: at + 1 };
    const next = line[at + 1];
    if (quote === '"' && character === '\\' && (next === '"' || next === '\\')) {
      text += next;
      at++;
    } else text += character;
  }
  return undefined;
}
