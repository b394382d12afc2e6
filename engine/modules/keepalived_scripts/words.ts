import { cut, join, type Origin, type Text } from './text.ts';

/**
 * The words of a line as keepalived reads scripts: blanks part, both quotes hold together and go, a backslash is an
 * escape everywhere. Null for an open quote or a backslash at the end. (lib/parser.c, alloc_strvec_quoted_escaped)
 */
export function wordsOf(text: Text): readonly Text[] | null {
  const words: Text[] = [];
  let word: Text | undefined;
  let quote = '';
  let at = 0;
  while (at < text.chars.length) {
    const char = text.chars[at] as string;
    if (char === '\\') {
      const taken = escapeAt(text, at);
      if (!taken) return null;
      word = word ? join(word, taken.text) : taken.text;
      at = taken.end;
    } else if (quote === '' && /\s/.test(char)) {
      if (word) words.push(word);
      word = undefined;
      at += 1;
    } else if (quote === '' ? char === '"' || char === "'" : char === quote) {
      quote = quote === '' ? char : '';
      word ??= { chars: '', from: [] };
      at += 1;
    } else {
      const one = cut(text, at, at + 1);
      word = word ? join(word, one) : one;
      at += 1;
    }
  }
  if (quote !== '') return null;
  return word ? [...words, word] : words;
}

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function escapeAt(text: Text, at: number): { readonly text: Text; readonly end: number } | null {
  const rest = text.chars.slice(at + 1);
  if (rest === '') return null;
  const [all = '', hex, control, octal] = /^(?:x([0-9a-fA-F]+)|c([^])|([0-7]{1,3})|[^])/.exec(rest) ?? [];
  const end = at + 1 + all.length;
  return { text: { chars: meant(all, hex, control, octal), from: [spanned(text, at, end)] }, end };
}

function meant(all: string, hex?: string, control?: string, octal?: string): string {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(-2), 16));
  if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) & 0x1f);
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  return letters[all] ?? all;
}

// One character, all bytes of whose escape belong to it.
function spanned(text: Text, start: number, end: number): Origin {
  const first = text.from[start] ?? [];
  const last = text.from[end - 1]?.[0];
  const [own, ...uses] = first;
  if (!own || !last || own.file !== last.file || last.end < own.start) return first;
  return [{ ...own, end: last.end }, ...uses];
}
