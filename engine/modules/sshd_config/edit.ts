import { criteriaOf, partsOf } from './lines.ts';

/** What a file is to say of one option. */
export interface OptionEdit {
  readonly option: string;
  /** The lines' values, as they stand in a file; none: the option is not set. */
  readonly values: readonly string[];
  /** The criteria of the Match block that it belongs into, as the user wrote them; null for everybody. */
  readonly match: string | null;
  /** What tells lines of the option apart: Subsystem has one a name. */
  readonly isMeant: (value: string) => boolean;
  /** All lines of the option become the values, not only the first. */
  readonly all: boolean;
}

interface Row {
  readonly text: string;
  readonly block: string | null;
}

/** Puts an option into a file's text: its first line changes, all others stay byte for byte. */
export function editOption(text: string, edit: OptionEdit): string {
  const rows = rowsOf(text);
  const wanted = edit.match === null ? null : criteriaOf(edit.match);
  const places = rows.flatMap((row, index) =>
    row.block === wanted && isOption(row.text, edit) ? [index] : [],
  );
  const [first] = places;
  if (first !== undefined) {
    const changed = edit.all || edit.values.length === 0 ? places : [first];
    const made = edit.values.map((value) => withValue((rows[first] as Row).text, value));
    return rows
      .flatMap(({ text: line }, index) => (index === first ? made : changed.includes(index) ? [] : [line]))
      .join('\n');
  }
  if (edit.values.length === 0) return text;
  return wanted === null ? addForAll(rows, edit) : addToBlock(rows, edit, wanted);
}

function rowsOf(text: string): readonly Row[] {
  let block: string | null = null;
  return text.split('\n').map((line) => {
    const parts = partsOf(line);
    if (parts?.keyword.toLowerCase() !== 'match') return { text: line, block };
    block = safeCriteria(parts.value);
    // The line itself is nobody's.
    return { text: line, block: '\0' };
  });
}

function safeCriteria(value: string): string {
  try {
    return criteriaOf(value);
  } catch {
    return value;
  }
}

function isOption(line: string, { option, isMeant }: OptionEdit): boolean {
  const parts = partsOf(line);
  return parts !== null && parts.keyword.toLowerCase() === option.toLowerCase() && isMeant(parts.value);
}

function withValue(line: string, value: string): string {
  const parts = partsOf(line);
  if (!parts) return line;
  const head =
    parts.head === parts.head.trimEnd() && !parts.head.endsWith('=') ? `${parts.head} ` : parts.head;
  return `${head}${value}${parts.tail}`;
}

/** After the option's own line that is commented out, else after the last directive, always before the first Match. */
function addForAll(rows: readonly Row[], { option, values }: OptionEdit): string {
  const end = rows.findIndex(({ block }) => block !== null);
  const open = rows.slice(0, end === -1 ? rows.length : end);
  const example = new RegExp(`^[\\t ]*#[\\t ]*${option}\\b`, 'i');
  const commented = open.findLastIndex(({ text }) => example.test(text));
  const last = commented === -1 ? open.findLastIndex(({ text }) => partsOf(text) !== null) : commented;
  return insert(rows, last === -1 ? openEnd(open) : last + 1, option, values, '');
}

/** Before the empty rest of the open part, where nothing is set yet. */
function openEnd(open: readonly Row[]): number {
  const last = open.findLastIndex(({ text }) => text.trim() !== '');
  return last + 1;
}

function addToBlock(rows: readonly Row[], { option, values, match }: OptionEdit, wanted: string): string {
  const last = rows.findLastIndex(({ text, block }) => block === wanted && partsOf(text) !== null);
  const start = rows.findIndex(({ text }, index) => isStart(text, wanted) && (last === -1 || index < last));
  if (start !== -1) {
    // An option is first come, first served, so that the first block of these criteria counts.
    const next = rows.findIndex(({ block }, index) => index > start && block !== wanted);
    const own = rows.slice(start, next === -1 ? rows.length : next);
    const at = own.findLastIndex(({ text }) => partsOf(text) !== null);
    const indent = at > 0 ? (/^[\t ]*/.exec((own[at] as Row).text)?.[0] ?? '') : '    ';
    return insert(rows, start + at + 1, option, values, indent);
  }
  const end = endOf(rows);
  const texts = rows.map(({ text }) => text);
  const kept = texts.at(-1) === '' ? texts.slice(0, -1) : texts;
  const gap = kept.length === 0 || kept.at(-1)?.trim() === '' ? [] : [end];
  const block = [`Match ${match ?? ''}${end}`, ...values.map((value) => `    ${option} ${value}${end}`)];
  return [...kept, ...gap, ...block, ''].join('\n');
}

function isStart(line: string, wanted: string): boolean {
  const parts = partsOf(line);
  return parts?.keyword.toLowerCase() === 'match' && safeCriteria(parts.value) === wanted;
}

function insert(
  rows: readonly Row[],
  at: number,
  option: string,
  values: readonly string[],
  indent: string,
): string {
  const end = endOf(rows);
  const made = values.map((value) => `${indent}${option} ${value}${end}`);
  const texts = rows.map(({ text }) => text).toSpliced(at, 0, ...made);
  // The last line of a text file has an end.
  return `${texts.join('\n')}${texts.at(-1) === '' ? '' : '\n'}`;
}

/** Files with CRLF stay so. */
function endOf(rows: readonly Row[]): string {
  return rows.some(({ text }) => text.endsWith('\r')) ? '\r' : '';
}
