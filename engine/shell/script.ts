import { Secret } from './secret.ts';

const brand: unique symbol = Symbol('script');

/** Text for a POSIX shell that only the `sh` template can make, so that a plain string does not compile as one. */
export interface Script {
  readonly text: string;
  readonly [brand]: true;
}

type Part = string | number | Script | readonly (string | number)[];

/**
 * Gives shell text in which every value is one word (a list: one word each); a Script goes in as it is.
 * Throws a TypeError for a Secret, which must travel by stdin or staged file, and a RangeError for NUL,
 * which no shell word can hold.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly Part[]): Script {
  let text = strings[0] ?? '';
  values.forEach((value, index) => {
    text += partText(value) + (strings[index + 1] ?? '');
  });
  return script(text);
}

/** Several scripts as one, a line each. */
export function lines(scripts: readonly Script[]): Script {
  return script(scripts.map((part) => part.text).join('\n'));
}

/** A word as the shell reads it back to the same bytes. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('a NUL byte cannot be passed to a shell');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Text of the user's own (`command`, `shell`), which is meant to be shell and is not quoted. */
export function userScript(text: string | Secret): Script {
  if (text instanceof Secret)
    throw new TypeError('a secret cannot be part of a script: pass it by stdin or environment');
  if (text.includes('\0')) throw new RangeError('a NUL byte cannot be passed to a shell');
  return script(text);
}

function partText(value: Part): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return String(value);
  if (value instanceof Secret)
    throw new TypeError('a secret cannot be part of a script: pass it by stdin or staged file');
  if (isScript(value)) return value.text;
  return value.map((word) => quote(String(word))).join(' ');
}

function isScript(value: object): value is Script {
  return brand in value;
}

function script(text: string): Script {
  return { text, [brand]: true };
}
