import { CannotPlan } from '../../contract/change.ts';
import { tidyPath } from '../../contract/host_path.ts';
import type { SshdConfigArgs } from './arguments.ts';
import { criteriaOf, type Directive, quoted, wordsOf } from './lines.ts';

/** What is wanted of an option, read from the arguments. */
export interface Wanted {
  readonly option: string;
  /** Lower case. */
  readonly keyword: string;
  readonly kind: 'one' | 'lines' | 'words';
  /** One entry a line, in words; none: it is not to be set. */
  readonly values: readonly (readonly string[])[];
  /** The same as they stand in a file. */
  readonly texts: readonly string[];
  readonly match: string | null;
  /** In one form. */
  readonly block: string | null;
  readonly path: string;
  readonly main: string;
  /** Whether a line's words are of the same thing: Subsystem has one line a name. */
  readonly isMeant: (words: readonly string[]) => boolean;
}

const perLine = new Set(['port', 'listenaddress', 'hostkey', 'hostcertificate']);
const perWord = new Set(['acceptenv', 'allowusers', 'denyusers', 'allowgroups', 'denygroups']);

/** Reads the arguments. Throws CannotPlan where they do not go together. */
export function wantedOf(args: SshdConfigArgs): Wanted {
  const { option, state = 'present' } = args;
  const keyword = option.toLowerCase();
  const path = tidyPath(args.path ?? '/etc/ssh/sshd_config');
  const main = tidyPath(args.main ?? path.replace(/\.d\/[^/]+$/, ''));
  const items = itemsOf(args);
  if (state === 'present' && items.length === 0)
    throw new CannotPlan(`${option} needs a value`, { next: 'say `value`, or `state: absent`' });
  if (state === 'absent' && items.length > 0 && keyword !== 'subsystem')
    throw new CannotPlan('state: absent takes no value: the option as such is taken out');
  const match = args.match?.trim() ?? null;
  const kind = perLine.has(keyword) ? 'lines' : perWord.has(keyword) ? 'words' : 'one';
  const texts = state === 'absent' ? [] : textsOf(items, kind, Array.isArray(args.value));
  const values = texts.map((text) => readable(text, option));
  const name = keyword === 'subsystem' ? readable(items[0] ?? '', option)[0] : undefined;
  return {
    option,
    keyword,
    kind,
    values,
    texts,
    match,
    block: match === null ? null : readable(match, 'match') && criteriaOf(match),
    path,
    main,
    isMeant: (words) => name === undefined || words[0] === name,
  };
}

/** Whether what sshd reads is what is wanted: of most options the first line counts, of some all do. */
export function isSatisfied(wanted: Wanted, directives: readonly Directive[]): boolean {
  const lines = ofOption(wanted, directives);
  if (wanted.values.length === 0) return lines.length === 0;
  if (wanted.kind === 'one') return same(lines[0]?.words ?? [], wanted.values[0] ?? []);
  const flat = (values: readonly (readonly string[])[]) =>
    [...new Set(wanted.kind === 'words' ? values.flat() : values.map((words) => words.join(' ')))].toSorted();
  return same(flat(lines.map(({ words }) => words)), flat(wanted.values));
}

/** The lines that are about the wanted option. */
export function ofOption(wanted: Wanted, directives: readonly Directive[]): readonly Directive[] {
  return directives.filter(
    ({ keyword, block, words }) =>
      keyword === wanted.keyword && block === wanted.block && wanted.isMeant(words),
  );
}

function itemsOf({ value }: SshdConfigArgs): readonly string[] {
  if (value === undefined) return [];
  const list = Array.isArray(value) ? (value as readonly (string | number | boolean)[]) : [value];
  return list.map((one) => (typeof one === 'boolean' ? (one ? 'yes' : 'no') : String(one).trim()));
}

function textsOf(items: readonly string[], kind: Wanted['kind'], isList: boolean): readonly string[] {
  if (!isList || kind === 'lines') return items;
  return [items.map(quoted).join(' ')];
}

function readable(text: string, what: string): readonly string[] {
  try {
    return wordsOf(text);
  } catch (error) {
    throw new CannotPlan(`${what}: ${(error as Error).message} in ${text}`);
  }
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}
