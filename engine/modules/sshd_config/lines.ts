/** A line of an sshd_config that says something; text has one character a byte. */
export interface Directive {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Lower case. */
  readonly keyword: string;
  readonly words: readonly string[];
  /** The criteria of the Match block that it stands in, as `criteriaOf` gives them; null for everybody. */
  readonly block: string | null;
}

/** A line in its parts: their sum is the line. */
export interface LineParts {
  /** Blanks, keyword and what stands between it and the value. */
  readonly head: string;
  readonly keyword: string;
  readonly value: string;
  /** A comment at the end with the blanks before it, and a CR. */
  readonly tail: string;
}

/** A directive's line in its parts, or null for a comment or an empty line. */
export function partsOf(line: string): LineParts | null {
  const match = /^([\t\f ]*([A-Za-z0-9]+)(?:[\t ]*=[\t ]*|[\t ]+|$))(.*?)([\t ]*\r?)$/.exec(line);
  if (!match) return null;
  const [, head = '', keyword = '', rest = '', end = ''] = match;
  const comment = commentAt(rest);
  const value = rest.slice(0, comment).trimEnd();
  return { head, keyword, value, tail: rest.slice(value.length) + end };
}

/** The words of a value, quotes taken away. Throws a RangeError for an open quote. */
export function wordsOf(value: string): readonly string[] {
  const words: string[] = [];
  for (const [whole, quoted, plain] of value.matchAll(/"([^"]*)"|([^\t "]+)|"/g)) {
    if (whole === '"') throw new RangeError('a quote is never closed');
    words.push(quoted ?? plain ?? '');
  }
  return words;
}

/** A word as it stands in a file. */
export function quoted(word: string): string {
  return word === '' || /[\t #]/.test(word) ? `"${word}"` : word;
}

/** The criteria of a Match line in one form: attributes in lower case, single blanks. */
export function criteriaOf(value: string): string {
  const words = wordsOf(value.replaceAll('=', ' '));
  return words.map((word, index) => (index % 2 === 0 ? word.toLowerCase() : quoted(word))).join(' ');
}

/** All that sshd reads, in its order; a Match block ends with the file that it begins in. */
export function directivesOf(
  main: string,
  texts: Readonly<Record<string, string | null>>,
  includes: Readonly<Record<string, readonly string[]>>,
): readonly Directive[] {
  return read(main, null, 0);

  function read(file: string, outer: string | null, depth: number): readonly Directive[] {
    const text = texts[file];
    if (text === undefined || text === null || depth > 16) return [];
    let block = outer;
    return text.split('\n').flatMap((line, index): readonly Directive[] => {
      const parts = partsOf(line);
      if (!parts) return [];
      const keyword = parts.keyword.toLowerCase();
      if (keyword === 'match') {
        block = criteria(parts.value);
        return [];
      }
      if (keyword === 'include') {
        const files = includes[`${file}:${index + 1}`] ?? [];
        return files.flatMap((one) => read(one, block, depth + 1));
      }
      return [{ file, line: index + 1, keyword, words: words(parts.value), block }];
    });
  }
}

function criteria(value: string): string {
  try {
    return criteriaOf(value);
  } catch {
    return value;
  }
}

function words(value: string): readonly string[] {
  try {
    return wordsOf(value);
  } catch {
    return [value];
  }
}

/** Where a comment begins that stands behind a value: a `#` that begins a word outside of quotes. */
function commentAt(rest: string): number {
  let isQuoted = false;
  for (let at = 0; at < rest.length; at += 1) {
    if (rest[at] === '"') isQuoted = !isQuoted;
    if (rest[at] === '#' && !isQuoted && (at === 0 || /[\t ]/.test(rest[at - 1] as string))) return at;
  }
  return rest.length;
}
