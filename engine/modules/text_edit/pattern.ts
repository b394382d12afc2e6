import { CannotPlan } from '../../contract/change.ts';

/*
 * Ansible's patterns are Python's. The end of line is a newline always, so they are translated where the two languages
 * differ and refused where JavaScript has no match.
 */

const space = ' \\t\\n\\r\\f\\v';
// Without the flag m, Python's $ is also before a newline at the end, and \Z is not.
const atEnd = '(?![^])';
const notSpace = '\\x00-\\x08\\x0e-\\x1f!-\\xff';

/** What a pattern is matched with. */
export interface PatternOptions {
  /** `^` and `$` also at the ends of lines. */
  readonly multiline?: boolean;
  /** `.` is also a newline. */
  readonly dotAll?: boolean;
  /** Over characters, not over text that has one character a byte. */
  readonly characters?: boolean;
  /** Flags of JavaScript's own: `g`, `d`. */
  readonly flags?: string;
}

/** A Python pattern as a RegExp for text with one character a byte. Throws CannotPlan, naming the argument. */
export function translatePattern(pattern: string, argument: string, options: PatternOptions = {}): RegExp {
  const text = options.characters ? pattern : Buffer.from(pattern).toString('latin1');
  const refuse = (what: string): never => {
    throw new CannotPlan(`${argument}: ${what} in the pattern ${pattern}`, {
      next: 'write the pattern without it',
    });
  };
  const letters = inlineFlags(text);
  if (letters.includes('x')) refuse('the flag x is not supported');
  const dialect: Dialect = {
    multiline: options.multiline === true || letters.includes('m'),
    dotAll: options.dotAll === true || letters.includes('s'),
    refuse,
  };
  const source = translate(text.slice(letters === '' ? 0 : letters.length + 3), dialect);
  try {
    return new RegExp(source, (letters.includes('i') ? 'i' : '') + (options.flags ?? ''));
  } catch (error) {
    return refuse(`${(error as Error).message.replace(/^.*: /, '')}`);
  }
}

/** The flags that a pattern begins with, `(?ms)`; empty where there are none. */
export function inlineFlags(pattern: string): string {
  return /^\(\?([aimsuxL]+)\)/.exec(pattern)?.[1] ?? '';
}

/** A Python replacement template filled from a match, as `match.expand`. Throws CannotPlan for a group there is not, naming the argument. */
export function expandTemplate(template: string, match: RegExpExecArray, argument: string): string {
  return template.replaceAll(
    /\\(?:g<([^>]*)>|([1-9]\d?)|0([0-7]{0,2})|(.))/gs,
    (whole: string, name?: string, number?: string, octal?: string, letter?: string) => {
      if (letter !== undefined) return escaped(letter, whole, argument);
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(`0${octal}`, 8));
      return group(match, name ?? number ?? '', argument);
    },
  );
}

function group(match: RegExpExecArray, name: string, argument: string): string {
  const isNumber = /^\d+$/.test(name);
  const isThere = isNumber ? Number(name) < match.length : name in (match.groups ?? {});
  if (!isThere) throw new CannotPlan(`${argument}: the regexp has no group ${name}`);
  return (isNumber ? match[Number(name)] : match.groups?.[name]) ?? '';
}

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

function escaped(letter: string, whole: string, argument: string): string {
  const known = letters[letter];
  if (known !== undefined) return known;
  if (/[A-Za-z]/.test(letter))
    throw new CannotPlan(`${argument}: ${whole} is no escape; a backslash is written \\\\`);
  return whole;
}

type Refuse = (what: string) => never;

interface Dialect {
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly refuse: Refuse;
}

function translate(pattern: string, dialect: Dialect): string {
  let out = '';
  let at = 0;
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    const [taken, text] = step(rest, dialect);
    out += text;
    at += taken;
  }
  return out;
}

/** How many characters of the pattern are taken, and what they become. */
function step(rest: string, { multiline, dotAll, refuse }: Dialect): readonly [number, string] {
  switch (rest[0]) {
    case '\\':
      return [2, escapeOutside(rest[1], refuse)];
    case '[':
      return characterClass(rest, refuse);
    case '^':
      return [1, multiline ? '(?<![^\\n])' : '^'];
    case '$':
      return [1, multiline ? '(?![^\\n])' : `(?=\\n?${atEnd})`];
    case '.':
      return [1, dotAll ? '[^]' : '[^\\n]'];
    case '(':
      return openGroup(rest, refuse);
    case '{': {
      const fromNothing = /^\{,(\d+)\}/.exec(rest);
      if (fromNothing) return [fromNothing[0].length, `{0,${fromNothing[1]}}`];
      return quantifier(rest, refuse);
    }
    case '*':
    case '+':
    case '?':
      return quantifier(rest, refuse);
    default:
      return [1, rest[0] as string];
  }
}

function quantifier(rest: string, refuse: Refuse): readonly [number, string] {
  const [whole = '{'] = /^(?:[*+?]|\{\d*(?:,\d*)?\})\??/.exec(rest) ?? [];
  if (whole !== '{' && rest[whole.length] === '+') refuse('a possessive quantifier is not supported');
  return [whole.length, whole];
}

function openGroup(rest: string, refuse: Refuse): readonly [number, string] {
  const named = /^\(\?P<([A-Za-z_]\w*)>/.exec(rest);
  if (named) return [named[0].length, `(?<${named[1]}>`];
  const again = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest);
  if (again) return [again[0].length, `\\k<${again[1]}>`];
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment) return [comment[0].length, ''];
  const known = /^\((?:\?(?::|=|!|<=|<!|<[A-Za-z_]\w*>))?(?!\?)/.exec(rest);
  if (known) return [known[0].length, known[0]];
  return refuse(`${rest.slice(0, 4)} is not supported`);
}

function escapeOutside(letter: string | undefined, refuse: Refuse): string {
  switch (letter) {
    case undefined:
      return refuse('a backslash at the end');
    case 'A':
      return '^';
    case 'Z':
      return atEnd;
    case 's':
      return `[${space}]`;
    case 'S':
      return `[${notSpace}]`;
    case 'a':
      return '\\x07';
    default:
      return escapeAnywhere(letter, 'bBdDwWfnrtvx', refuse);
  }
}

function escapeInside(letter: string | undefined, refuse: Refuse): string {
  switch (letter) {
    case undefined:
      return refuse('a backslash at the end');
    case 's':
      return space;
    case 'S':
      return notSpace;
    case 'a':
      return '\\x07';
    default:
      return escapeAnywhere(letter, 'bdDwWfnrtvx', refuse);
  }
}

function escapeAnywhere(letter: string, known: string, refuse: Refuse): string {
  if (/[A-Za-z]/.test(letter) && !known.includes(letter)) return refuse(`\\${letter} is not supported`);
  return `\\${letter}`;
}

// In Python a bracket that comes first is one of the class; in JavaScript it would end it.
function characterClass(rest: string, refuse: Refuse): readonly [number, string] {
  const [open = '['] = /^\[\^?/.exec(rest) ?? [];
  let out = open;
  let at = open.length;
  if (rest[at] === ']') {
    out += '\\]';
    at += 1;
  }
  while (at < rest.length && rest[at] !== ']') {
    if (rest[at] === '\\') {
      out += escapeInside(rest[at + 1], refuse);
      at += 2;
    } else {
      out += rest[at] === '[' ? '\\[' : rest[at];
      at += 1;
    }
  }
  if (at >= rest.length) return refuse('a character class without its end');
  return [at + 1, `${out}]`];
}
