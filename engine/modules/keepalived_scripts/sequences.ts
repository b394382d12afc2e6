import { cut, type Text, trimmed } from './text.ts';

/** The rest of a line that is read once for each assignment of values to parameters. */
export interface Repeated {
  readonly rest: Text;
  readonly rounds: readonly Readonly<Record<string, string>>[];
}

/** More rounds than any configuration needs are not counted out. */
const mostRounds = 70_000;

/** A line that begins with ~SEQ or ~LST; null where it says neither. (keepalived.conf(5), Sequence blocks, List blocks) */
export function readRepeated(line: Text, replace: (chars: string) => string): Repeated | null {
  const sequence = /^~SEQ(x?)[ \t]*\([ \t]*([^ \t,)]+)[ \t]*,([^)]*)\)[ \t]*/.exec(line.chars);
  if (sequence) {
    const [all, hex, name = '', numbers = ''] = sequence;
    const values = sequenceOf(replace(numbers), hex === 'x');
    return values && { rest: cut(line, all.length), rounds: values.map((value) => ({ [name]: value })) };
  }
  const list = /^~LST[ \t]*\((.*?)\)[ \t]*/.exec(line.chars);
  if (!list) return null;
  const [names, ...values] = groupsOf(list[1] ?? '');
  if (!names || values.length === 0) return null;
  const rounds = values.map((group) =>
    Object.fromEntries(names.map((name, index) => [name, group[index] ?? ''])),
  );
  return { rest: trimmed(cut(line, list[0].length)), rounds };
}

function sequenceOf(text: string, hex: boolean): readonly string[] | null {
  const numbers = text.split(',').map((one) => Number(one.trim() || Number.NaN));
  if (numbers.some((one) => !Number.isInteger(one)) || numbers.length > 3) return null;
  const [one = 0, two, three] = numbers;
  const [start, step, last] =
    two === undefined
      ? [one < 0 ? -1 : 1, one < 1 ? -1 : 1, one]
      : three === undefined
        ? [one, one <= two ? 1 : -1, two]
        : [one, two, three];
  if (step === 0 || (last - start) * step < 0 || (last - start) / step > mostRounds) return null;
  const count = Math.floor((last - start) / step) + 1;
  return Array.from({ length: count }, (_, index) => (start + index * step).toString(hex ? 16 : 10));
}

/** "{a, b}, {1,2}" or "a, 1, 2" as lists. */
function groupsOf(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/\{([^}]*)\}|([^,{}]+)/g)]
    .filter(([all]) => all.trim() !== '')
    .map(([, group, single]) => (group ?? single ?? '').split(',').map((one) => one.trim()));
}
