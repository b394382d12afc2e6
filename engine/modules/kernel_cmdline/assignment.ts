import { CannotPlan } from '../../contract/change.ts';

/** A value in a file of shell assignments, taken apart so that another can be put in its place. */
interface Assignment {
  readonly head: string;
  readonly value: string;
  readonly tail: string;
}

/**
 * The text of /etc/default/grub with the value of a variable changed by `edit`; the last assignment counts, as for the
 * shell. Where there is none, one is added unless its value is empty. Throws CannotPlan for a value that the shell would compute.
 */
export function withValue(text: string, name: string, edit: (value: string) => string, file: string): string {
  const all: string[] = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const at = all.findLastIndex((line) => new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}\\+?=`).test(line));
  if (at < 0) {
    const value = edit('');
    return value === ''
      ? text
      : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}="${value}"\n`;
  }
  const found = readAssignment(all[at] as string);
  if (!found)
    throw new CannotPlan(`${file}, line ${at + 1}: ${name} is put together by the shell, and is not edited`, {
      next: 'let it be one text in quotes without variables, or edit it by hand',
    });
  const value = edit(found.value);
  return value === found.value ? text : all.with(at, `${found.head}${value}${found.tail}`).join('');
}

/** The value of a variable; empty where it is not set. */
export function valueOf(text: string, name: string, file: string): string {
  let seen = '';
  withValue(text, name, (value) => (seen = value), file);
  return seen;
}

function readAssignment(line: string): Assignment | null {
  const [, start = '', quote = '', value, tail] =
    /^([^=+]*=)(["']?)(.*?)\2([ \t]*(?:#.*)?\r?\n?)$/.exec(line) ?? [];
  if (value === undefined || tail === undefined) return null;
  const computed = quote === "'" ? /'/ : quote === '"' ? /["`$\\]/ : /["'`$\\\s]/;
  if (computed.test(value)) return null;
  // Without quotes a second word would be a command.
  return quote === ''
    ? { head: `${start}"`, value, tail: `"${tail}` }
    : { head: `${start}${quote}`, value, tail: `${quote}${tail}` };
}
