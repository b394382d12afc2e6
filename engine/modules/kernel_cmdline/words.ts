/** What is wanted of a command line. */
export interface WantedWords {
  readonly present: readonly string[];
  readonly absent: readonly string[];
}

/** The words of a kernel's command line; double quotes hold blanks together, as the kernel has it. */
export function wordsOf(line: string): readonly string[] {
  return line.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];
}

/** A line as it should be: what is there keeps its place and its order. */
export function withWords(line: string, { present, absent }: WantedWords): string {
  const names = new Set(present.map(nameOf));
  const kept = wordsOf(line).filter((word) => {
    if (present.includes(word)) return true;
    return !names.has(nameOf(word)) && !absent.some((one) => isMeant(word, one));
  });
  const unique = kept.filter((word, index) => !present.includes(word) || kept.indexOf(word) === index);
  return [...unique, ...present.filter((word) => !unique.includes(word))].join(' ');
}

/** Whether a line is as wanted. */
export function hasWords(line: string, wanted: WantedWords): boolean {
  return withWords(line, wanted) === wordsOf(line).join(' ');
}

function nameOf(word: string): string {
  return word.split('=', 1)[0] ?? '';
}

function isMeant(word: string, absent: string): boolean {
  return absent.includes('=') ? word === absent : nameOf(word) === absent;
}
