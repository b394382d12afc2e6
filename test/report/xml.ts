/** An element of a document: text is what stands in it, CDATA sections included. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

/** Reads XML 1.0 as far as reports use it: a declaration, elements, attributes, text, CDATA. Throws where it is not well formed. */
export function parseXml(document: string): Element {
  // https://www.w3.org/TR/xml/#charsets
  const bad = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(document);
  if (bad) throw new SyntaxError(`a character that no XML may hold at ${bad.index}`);
  const body = document.replace(/^<\?xml version="1\.0"( encoding="UTF-8")?\?>/, '').trim();
  const reader = new Reader(body);
  const root = reader.element();
  if (!reader.isAtEnd) throw new SyntaxError('something follows the document');
  return root;
}

class Reader {
  #rest: string;

  constructor(text: string) {
    this.#rest = text;
  }

  get isAtEnd(): boolean {
    return this.#rest === '';
  }

  element(): Element {
    const [, name = '', given = '', slash] = this.#take(
      /^<([A-Za-z][\w-]*)((?:\s+[A-Za-z][\w-]*="[^"<]*")*)\s*(\/)?>/,
    );
    const attributes: Record<string, string> = {};
    for (const [, key = '', value = ''] of given.matchAll(/\s+([\w-]+)="([^"]*)"/g)) {
      if (key in attributes) throw new SyntaxError(`${key} is given twice`);
      attributes[key] = resolved(value.replaceAll(/[\t\n\r]/g, ' '));
    }
    const children: Element[] = [];
    if (slash) return { name, attributes, text: '', children };
    let text = '';
    while (!this.#rest.startsWith('</')) {
      if (this.#rest.startsWith('<![CDATA[')) text += this.#take(/^<!\[CDATA\[([\s\S]*?)\]\]>/)[1] ?? '';
      else if (this.#rest.startsWith('<')) children.push(this.element());
      else text += resolved(plain(this.#take(/^[^<]+/)[0]));
    }
    if (this.#take(/^<\/([\w-]+)\s*>/)[1] !== name) throw new SyntaxError(`<${name}> is not closed`);
    return { name, attributes, text: children.length > 0 ? text.trim() : text, children };
  }

  #take(pattern: RegExp): RegExpExecArray {
    const found = pattern.exec(this.#rest);
    if (!found) throw new SyntaxError(`not well formed: ${this.#rest.slice(0, 60)}`);
    this.#rest = this.#rest.slice(found[0].length);
    return found;
  }
}

function plain(text: string): string {
  if (text.includes(']]>')) throw new SyntaxError('"]]>" in text');
  return text;
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function resolved(text: string): string {
  return text.replaceAll(/&([^;\s]*;?)/g, (whole, word: string) => {
    const [, decimal, hex] = /^#(?:(\d+)|x([0-9A-Fa-f]+));$/.exec(word) ?? [];
    if (decimal ?? hex)
      return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16));
    const value = word.endsWith(';') ? named[word.slice(0, -1)] : undefined;
    if (value === undefined) throw new SyntaxError(`${whole} is not a reference`);
    return value;
  });
}
