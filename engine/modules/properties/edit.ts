import { CannotPlan } from '../../contract/change.ts';
import { endsOpen, lineEndOf, type Property, readLayout } from './layout.ts';

export type Encoding = 'iso-8859-1' | 'utf-8';

/** What a text should say of a key; `value` null means that the key is not in it. */
export interface PropertyEdit {
  readonly key: string;
  readonly value: string | null;
  readonly encoding: Encoding;
}

/** What became of a text. */
export interface EditedProperties {
  readonly text: string;
  /** The effective value before, or null. */
  readonly before: string | null;
  /** How many lines set the key before. */
  readonly count: number;
}

/** Sets one key's last line, or adds one, or takes all of the key's lines out. Text has one character a byte. */
export function editProperties(text: string, edit: PropertyEdit): EditedProperties {
  const all = readLayout(text);
  const own = all.filter((property) => decode(property.key, edit.encoding) === edit.key);
  const last = own.at(-1);
  const before = last ? decode(last.value, edit.encoding) : null;
  const result = { before, count: own.length };
  if (edit.value === null) return { ...result, text: without(text, own) };
  if (before === edit.value) return { ...result, text };
  if (last) return { ...result, text: replaced(text, last, edit.value, edit.encoding, all) };
  return { ...result, text: added(text, edit.key, edit.value, edit.encoding, all) };
}

/**
 * Whether Felix reads a file typed (`k = B"false"`): then a value arrives as a Boolean, not as text.
 * It does when every value of the file looks typed.
 */
export function isTyped(text: string): boolean {
  const all = readLayout(text);
  const typed = /^\s*[TILFDXSCBilfdxscb]?(\[[^]*\]|\([^]*\)|"[^]*")\s*$/;
  return all.length > 0 && all.every(({ value }) => typed.test(value));
}

function replaced(
  text: string,
  last: Property,
  value: string,
  encoding: Encoding,
  all: readonly Property[],
): string {
  const separator = last.separator || separatorOf(all);
  const put = (last.separator === '' ? separator : '') + escapeValue(value, encoding, separator);
  return text.slice(0, last.valueStart) + put + text.slice(last.valueEnd);
}

function added(
  text: string,
  key: string,
  value: string,
  encoding: Encoding,
  all: readonly Property[],
): string {
  const end = lineEndOf(text);
  const ending = text === '' || /[\r\n]$/.test(text) ? '' : end;
  // An open line would take the new one in: an empty one ends it.
  const gap = endsOpen(text) ? ending + end : ending;
  const separator = separatorOf(all);
  return `${text}${gap}${escapeKey(key, encoding)}${separator}${escapeValue(value, encoding, separator)}${end}`;
}

function without(text: string, own: readonly Property[]): string {
  let left = '';
  let at = 0;
  for (const { start, end } of own) {
    left += text.slice(at, start);
    at = end;
  }
  return left + text.slice(at);
}

function separatorOf(all: readonly Property[]): string {
  const like = all.findLast(({ separator }) => /^[ \t]*[=:]?[ \t]*$/.test(separator) && separator !== '');
  return like?.separator ?? ' = ';
}

function decode(text: string, encoding: Encoding): string {
  if (encoding === 'iso-8859-1') return text;
  // Only bytes are decoded: what \uXXXX stands for is already a character.
  return text.replaceAll(/[\x80-\xff]+/g, (bytes) => Buffer.from(bytes, 'latin1').toString('utf8'));
}

function escapeKey(key: string, encoding: Encoding): string {
  return escapeText(key, encoding).replaceAll(/[=:# !]/g, (character) => `\\${character}`);
}

// At the start, a blank would be taken for the separator's, and so would a sign where it has none.
function escapeValue(value: string, encoding: Encoding, separator: string): string {
  const first = /[=:]/.test(separator) ? /^ / : /^[ =:]/;
  return escapeText(value, encoding).replace(first, '\\$&');
}

function escapeText(text: string, encoding: Encoding): string {
  const controls = text.replaceAll(/[\\\t\n\r\f]/g, (character) => {
    const letter = { '\t': 't', '\n': 'n', '\r': 'r', '\f': 'f' }[character];
    return `\\${letter ?? character}`;
  });
  if (encoding === 'utf-8') return Buffer.from(controls).toString('latin1');
  return controls.replaceAll(/[^\x20-\xff]/g, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Throws CannotPlan for what Karaf would not take as meant. */
export function refuseKarafTraps(path: string, text: string, value: string | null, factory: boolean): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!name.endsWith('.cfg'))
    throw new CannotPlan(`${name} does not end in .cfg, so Karaf does not read it as properties`);
  if (name.slice(0, -'.cfg'.length).includes('-') && !factory) {
    throw new CannotPlan(`${name} has a dash: to Karaf it is an instance of a factory, not a PID`, {
      next: 'say factory: true if an instance is meant',
    });
  }
  if (value !== null && /^\s*[TILFDXSCBilfdxscb]?"/.test(value)) {
    throw new CannotPlan(
      `the value looks typed; Karaf would hand it on as text or as a type depending on the other lines`,
    );
  }
  if (isTyped(text)) {
    throw new CannotPlan(
      `${path} holds typed values only (key = B"true"); an untyped one would change how all are read`,
    );
  }
}
