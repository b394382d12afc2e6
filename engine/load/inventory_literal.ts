/**
 * A value of an INI inventory as Ansible reads it: a Python literal (number, True, False, None, quoted text, list,
 * tuple, set, dict) is that value, everything else is the text itself. Dict keys become text.
 */
export function parseLiteral(text: string): unknown {
  if (!mayBeLiteral.test(text)) return text;
  try {
    return new Reader(text).whole();
  } catch (error) {
    if (error === noLiteral) return text;
    throw error;
  }
}

// Most values are words or addresses: they never reach the reader.
const mayBeLiteral = /^[ \t]*(?!\d+\.\d+\.)(?:[-+.0-9([{"']|True|False|None|[bBuUrR]{1,2}["'])/;

const noLiteral = Symbol('no literal');

// Python's own parser refuses deeper brackets.
const deepest = 200;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#sequence('');
    if (this.#at < this.#text.length) throw noLiteral;
    return value;
  }

  /** One value, or several with commas between them, which make a tuple. */
  #sequence(close: string): unknown {
    const values = [this.#value()];
    let tuple = false;
    while (this.#takes(',')) {
      tuple = true;
      if (this.#ends(close)) break;
      values.push(this.#value());
    }
    return tuple ? values : values[0];
  }

  #value(): unknown {
    this.#space();
    const character = this.#text[this.#at];
    if (character === '[' || character === '(' || character === '{') return this.#nested(character);
    const quote = this.#match(prefix);
    if (quote !== undefined) return this.#texts(quote);
    const word = this.#match(/(?:True|False|None)\b/y);
    if (word !== undefined) return { True: true, False: false, None: null }[word];
    return this.#number();
  }

  #nested(open: string): unknown {
    this.#at++;
    if (++this.#depth > deepest) throw noLiteral;
    const value = open === '{' ? this.#dict() : open === '[' ? this.#list(']') : this.#parenthesis();
    this.#depth--;
    return value;
  }

  #parenthesis(): unknown {
    if (this.#takes(')')) return [];
    const value = this.#sequence(')');
    if (!this.#takes(')')) throw noLiteral;
    return value;
  }

  #list(close: string, values: unknown[] = []): unknown[] {
    while (!this.#takes(close)) {
      values.push(this.#value());
      if (!this.#takes(',') && !this.#ends(close)) throw noLiteral;
    }
    return values;
  }

  #dict(): unknown {
    if (this.#takes('}')) return {};
    const first = this.#value();
    if (!this.#takes(':')) {
      if (!this.#takes(',') && !this.#ends('}')) throw noLiteral;
      return [...new Set(this.#list('}', [first]))];
    }
    const entries: [string, unknown][] = [[keyText(first), this.#value()]];
    while (!this.#takes('}')) {
      if (!this.#takes(',')) throw noLiteral;
      if (this.#takes('}')) break;
      const key = keyText(this.#value());
      if (!this.#takes(':')) throw noLiteral;
      entries.push([key, this.#value()]);
    }
    return Object.fromEntries(entries);
  }

  #number(): unknown {
    const signed = this.#match(/[-+][ \t]*/y) ?? '';
    const integer = this.#match(/0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+/y);
    const written = integer ?? this.#match(decimal);
    // "1.2.3.4", "10s" and "0644" go on after what looks like a number.
    if (written === undefined || /[\w.]/.test(this.#text[this.#at] ?? '')) throw noLiteral;
    const digits = written.replaceAll('_', '');
    const value = Number(digits);
    if (/^0\d+$/.test(digits) && value !== 0) throw noLiteral;
    // A number that would lose digits stays as it is written.
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) throw noLiteral;
    return signed.startsWith('-') && value !== 0 ? -value : value;
  }

  /** Neighbouring quoted texts are one, as in Python; bytes join bytes only. */
  #texts(first: string): string {
    let text = this.#quoted(first);
    for (;;) {
      this.#space();
      const next = this.#match(prefix);
      if (next === undefined) return text;
      if (/b/i.test(next) !== /b/i.test(first)) throw noLiteral;
      text += this.#quoted(next);
    }
  }

  #quoted(kind: string): string {
    const single = this.#text[this.#at] as string;
    const triple = single.repeat(3);
    const quote = this.#text.startsWith(triple, this.#at) ? triple : single;
    const start = this.#at + quote.length;
    let end = start;
    while (!this.#text.startsWith(quote, end)) {
      if (end >= this.#text.length) throw noLiteral;
      end += this.#text[end] === '\\' ? 2 : 1;
    }
    this.#at = end + quote.length;
    const inside = this.#text.slice(start, end);
    return /r/i.test(kind) ? inside : inside.replaceAll(escape, unescape);
  }

  #takes(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #ends(close: string): boolean {
    this.#space();
    return (this.#text[this.#at] ?? '') === close;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Python takes a comment after a literal. */
  #space(): void {
    this.#match(/[ \t]*(?:#.*$)?/y);
  }
}

const prefix = /(?:[uU]|[rR][bB]?|[bB][rR]?)?(?=["'])/y;

const decimal = /(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][-+]?\d+)?|\d(?:_?\d)*\.?(?:[eE][-+]?\d+)?/y;

const escape = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

const named: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescape(all: string, octal?: string, x?: string, u?: string, U?: string, character = ''): string {
  if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
  const hex = x ?? u ?? U;
  if (hex === undefined) {
    // Python refuses what is no code point, so the whole value is text.
    if ('xuUN'.includes(character)) throw noLiteral;
    return named[character] ?? all;
  }
  const point = Number.parseInt(hex, 16);
  if (point > 0x10ffff) throw noLiteral;
  return String.fromCodePoint(point);
}

function keyText(key: unknown): string {
  if (key === null || typeof key !== 'object') return String(key);
  throw noLiteral;
}
