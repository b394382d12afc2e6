/** What may stand in `mode`: quoted octal, or chmod's letters with the class written out ("u=rwX,go-w"). */
export const modePattern =
  '^(0*[0-7]{3,4}|[ugoa]+([-+=]([rwxXst]*|[ugo]))+(,[ugoa]+([-+=]([rwxXst]*|[ugo]))+)*)$';

/**
 * The permission bits, four octal digits, that a wanted mode makes of present ones, as GNU chmod reckons:
 * `X` is `x` for directories and where anyone may execute; `=` spares a directory's set-id bits unless they are named.
 */
export function resolveMode(wanted: string, now: string, isDirectory: boolean): string {
  if (/^\d+$/.test(wanted)) return octal(Number.parseInt(wanted, 8));
  let bits = Number.parseInt(now, 8);
  for (const clause of wanted.split(',')) {
    const [, who = '', actions = ''] = /^([ugoa]+)(.*)$/.exec(clause) ?? [];
    for (const [, operator, letters = ''] of actions.matchAll(/([-+=])([^-+=]*)/g)) {
      bits = applyAction(bits, maskOf(who), operator as Operator, letters, isDirectory);
    }
  }
  return octal(bits);
}

/** A mode as an argument of chmod and mkdir: with five digits they also clear a directory's set-id bits. */
export function modeArgument(mode: string): string {
  return `0${mode}`;
}

type Operator = '+' | '-' | '=';

const masks: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };

function maskOf(who: string): number {
  return [...who].reduce((mask, letter) => mask | (masks[letter] ?? 0), 0);
}

function applyAction(
  bits: number,
  mask: number,
  operator: Operator,
  letters: string,
  isDirectory: boolean,
): number {
  const value = valueOf(bits, letters, isDirectory) & mask;
  switch (operator) {
    case '+':
      return bits | value;
    case '-':
      return bits & ~value;
    case '=': {
      const spared = isDirectory ? 0o6000 & ~value : 0;
      return (bits & (~mask | spared)) | value;
    }
  }
}

function valueOf(bits: number, letters: string, isDirectory: boolean): number {
  if (/^[ugo]$/.test(letters)) {
    const shift = { u: 6, g: 3, o: 0 }[letters as 'u' | 'g' | 'o'];
    return ((bits >> shift) & 0o7) * 0o111;
  }
  let value = 0;
  for (const letter of letters) value |= letterBits(letter, bits, isDirectory);
  return value;
}

function letterBits(letter: string, bits: number, isDirectory: boolean): number {
  switch (letter) {
    case 'r':
      return 0o444;
    case 'w':
      return 0o222;
    case 'x':
      return 0o111;
    case 'X':
      return isDirectory || (bits & 0o111) !== 0 ? 0o111 : 0;
    case 's':
      return 0o6000;
    default:
      return 0o1000;
  }
}

function octal(bits: number): string {
  return bits.toString(8).padStart(4, '0');
}
