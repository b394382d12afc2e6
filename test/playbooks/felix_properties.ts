/**
 * Reads a .cfg file as Apache Felix does (utils Properties 1.8; a test compares the two on the real class),
 * but for `${…}`, which is left as it stands. ISO-8859-1; later keys win; values keep their trailing blanks.
 */
export function readFelixProperties(bytes: Buffer): ReadonlyMap<string, string> {
  const entries = logicalLines(bytes.toString('latin1')).map(splitEntry);
  return new Map(entries.filter(([key]) => key !== ''));
}

/** Whether every value looks typed (`B"false"`): then the file is read typed, and a flag arrives as a Boolean. */
export function looksTyped(properties: ReadonlyMap<string, string>): boolean {
  const typed = /^\s*[TILFDXSCB]?(\[[^]*\]|\([^]*\)|"[^]*")\s*$/i;
  return properties.size > 0 && [...properties.values()].every((value) => typed.test(value));
}

/** Comments and blank lines are dropped even between the lines of one entry; an entry that the file's end cuts is lost. */
function logicalLines(text: string): readonly string[] {
  const found: string[] = [];
  let pending = '';
  for (const line of text.split(/\r\n|\n|\r/)) {
    const start = line.replace(/^[ \t\f]+/, '');
    if (start === '' || start.startsWith('#') || start.startsWith('!')) continue;
    const continues = /(?<!\\)(\\\\)*\\$/.test(line);
    pending += continues ? start.slice(0, -1) : start;
    if (continues) continue;
    found.push(pending);
    pending = '';
  }
  return found;
}

function splitEntry(line: string): [string, string] {
  const parts = /^((?:\\[^]|[^=: \t\f\\])*)[ \t\f]*[=:]?[ \t\f]*([^]*)$/.exec(line);
  return [unescape(parts?.[1] ?? ''), unescape(parts?.[2] ?? '')];
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b' };

function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_all, code?: string, letter = '') =>
    code === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
