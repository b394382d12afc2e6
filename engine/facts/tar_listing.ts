import type { ArchiveEntry } from '../contract/schema.ts';

/**
 * The entries that `tar -tv` tells, in UTC: GNU's with --full-time and names in quotes as in C, or busybox' with names as they
 * are. The text is the host's bytes, each a character (latin1). Throws a RangeError for a line that is neither.
 */
export function parseListing(listing: string): readonly ArchiveEntry[] {
  return listing.split('\n').slice(0, -1).map(parseLine);
}

const line =
  /^([-dlhbcps])([r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-])\S* \S+ +(\d+|\d+, *\d+) (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? +(.*)$/;

const quoted = /^("(?:[^"\\]|\\.)*")(?: (?:->|link to) ("(?:[^"\\]|\\.)*"))?$/;

function parseLine(row: string): ArchiveEntry {
  const [, letter = '', permissions = '', size = '', day = '', time = '', names = ''] = line.exec(row) ?? [];
  if (letter === '')
    throw new RangeError(
      `the archive has a name with a line end, or tar says what is not understood: ${row}`,
    );
  const { name, target } = names.startsWith('"') ? fromQuotes(names) : asTheyAre(letter, names);
  const kind = kindOf(letter, target);
  return {
    name,
    kind,
    mode: modeOf(permissions),
    size: kind === 'file' ? Number(size) : 0,
    mtime: Date.parse(`${day}T${time}Z`) / 1000,
    ...(target === undefined ? {} : { target }),
  };
}

function kindOf(letter: string, target: string | undefined): ArchiveEntry['kind'] {
  switch (letter) {
    case '-':
      return target === undefined ? 'file' : 'hardlink';
    case 'h':
      return 'hardlink';
    case 'd':
      return 'directory';
    case 'l':
      return 'link';
    default:
      return 'other';
  }
}

function fromQuotes(names: string): { readonly name: string; readonly target?: string } {
  const [, name, target] = quoted.exec(names) ?? [];
  if (name === undefined) throw new RangeError(`tar says what is not understood: ${names}`);
  return { name: plain(name), ...(target === undefined ? {} : { target: plain(target) }) };
}

/** busybox tells a hard link as a file with an arrow. */
function asTheyAre(letter: string, names: string): { readonly name: string; readonly target?: string } {
  const at = letter === '-' || letter === 'l' ? names.indexOf(' -> ') : -1;
  if (at < 0) return { name: utf8(names) };
  return { name: utf8(names.slice(0, at)), target: utf8(names.slice(at + 4)) };
}

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function plain(word: string): string {
  const name = word
    .slice(1, -1)
    .replaceAll(/\\([0-7]{3}|.)/g, (_, sign: string) =>
      sign.length === 3 ? String.fromCharCode(Number.parseInt(sign, 8)) : (letters[sign] ?? sign),
    );
  if (name.includes('\n')) throw new RangeError(`the archive has a name with a line end: ${word}`);
  return utf8(name);
}

function utf8(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes))
    throw new RangeError(`the name ${text} in the archive is no UTF-8`);
  return text;
}

function modeOf(permissions: string): string {
  let bits = 0;
  [...permissions].forEach((sign, index) => {
    if (!'-ST'.includes(sign)) bits |= 0o400 >> index;
    if ('sStT'.includes(sign)) bits |= index === 2 ? 0o4000 : index === 5 ? 0o2000 : 0o1000;
  });
  return bits.toString(8).padStart(4, '0');
}
