import { CannotPlan } from '../../contract/change.ts';

/*
 * Ansible's patterns are Python's over bytes. Here they are matched over text with one character a byte, the end of
 * line being a newline always, so they are translated where the two languages differ and refused where JavaScript has no match.
 */

const space = ' \\t\\n\\r\\f\\v';
// Without the flag m, Python's $ is also before a newline at the end, and \Z is not.
const atEnd = '(?![^])';
const notSpace = '\\x00-\\x08\\x0e-\\x1f!-\\xff';

/** A Python pattern as a RegExp for text with one character a byte. Throws CannotPlan, naming the argument. */
export function translatePattern(pattern: string, argument: string): RegExp {
  const bytes = Buffer.from(pattern).toString('latin1');
  const refuse = (what: string): never => {
    throw new CannotPlan(`${argument}: ${what} in the pattern ${pattern}`, {
      next: 'write the pattern without it',
    });
  };
  const [, letters = ''] = /^\(\?([aimsuxL]+)\)/.exec(bytes) ?? [];
  if (letters.includes('x')) refuse('the flag x is not supported');
  const source = translate(
    bytes.slice(letters === '' ? 0 : letters.length + 3),
    letters.includes('s'),
    refuse,
  );
  try {
    return new RegExp(source, letters.includes('i') ? 'i' : '');
  } catch (error) {
    return refuse(`${(error as Error).message.replace(/^.*: /, '')}`);
  }
}

/** A Python replacement template filled from a match, as `match.expand`. Throws CannotPlan for a group there is not. */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replaceAll(
    /\\(?:g<([^>]*)>|([1-9]\d?)|0([0-7]{0,2})|(.))/gs,
    (whole: string, name?: string, number?: string, octal?: string, letter?: string) => {
      if (letter !== undefined) return escaped(letter, whole);
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(`0${octal}`, 8));
      return group(match, name ?? number ?? '');
    },
  );
}

function group(match: RegExpExecArray, name: string): string {
  const isNumber = /^\d+$/.test(name);
  const isThere = isNumber ? Number(name) < match.length : name in (match.groups ?? {});
  if (!isThere) throw new CannotPlan(`line: the regexp has no group ${name}`);
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

function escaped(letter: string, whole: string): string {
  const known = letters[letter];
  if (known !== undefined) return known;
  if (/[A-Za-z]/.test(letter))
    throw new CannotPlan(`line: ${whole} is no escape; a backslash is written \\\\`);
  return whole;
}

type Refuse = (what: string) => never;

function translate(pattern: string, dotAll: boolean, refuse: Refuse): string {
  let out = '';
  let at = 0;
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    const [taken, text] = step(rest, dotAll, refuse);
    out += text;
    at += taken;
  }
  return out;
}

/** How many characters of the pattern are taken, and what they become. */
function step(rest: string, dotAll: boolean, refuse: Refuse): readonly [number, string] {
  switch (rest[0]) {
    case '\\':
      return [2, escapeOutside(rest[1], refuse)];
    case '[':
      return characterClass(rest, refuse);
    case '$':
      return [1, `(?=\\n?${atEnd})`];
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
