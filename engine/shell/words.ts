/**
 * The words of a command line as Python's `shlex.split` gives them: blanks part, quotes hold together, a backslash
 * takes the next character as it is (within double quotes only before `"` and `\`). Nothing is expanded.
 * Throws a RangeError for an open quote or a backslash at the end.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === '\\') {
      at += 1;
      if (at === text.length) throw new RangeError('it ends in a backslash');
      word = (word ?? '') + text[at];
    } else if (char === "'" || char === '"') {
      const quoted = readQuoted(text, at);
      word = (word ?? '') + quoted.value;
      at = quoted.end;
    } else {
      word = (word ?? '') + char;
    }
  }
  return word === null ? words : [...words, word];
}

function readQuoted(text: string, start: number): { readonly value: string; readonly end: number } {
  const quote = text[start];
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === quote) return { value, end: at };
    if (quote === '"' && text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at += 1;
    value += text[at];
  }
  throw new RangeError(`the quote ${quote} at character ${start + 1} is never closed`);
}
