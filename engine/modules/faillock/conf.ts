import { type Option, optionNames, sameValue, type Wanted } from './arguments.ts';

/** A line that sets something, in its parts: their sum is the line. */
interface ConfLine {
  readonly head: string;
  readonly name: string;
  readonly between: string;
  readonly value: string;
  readonly tail: string;
}

const flags = new Set<Option>([
  'even_deny_root',
  'silent',
  'audit',
  'no_log_info',
  'local_users_only',
  'nodelay',
]);

/** The value of an option in a faillock.conf: the last line counts, and a flag is on whatever stands behind it. */
export function confValue(text: string, option: Option): string | true | null {
  const found = linesOf(text).findLast((line) => readLine(line)?.name === option);
  if (found === undefined) return null;
  return flags.has(option) ? true : (readLine(found)?.value ?? '');
}

/** The text with options set, changed or taken out; all else stays as it is. */
export function withOptions(text: string, wanted: Wanted): string {
  return [...wanted].reduce((made, [option, value]) => withOption(made, option, value), text);
}

function withOption(text: string, option: Option, value: string | true | null): string {
  const now = confValue(text, option);
  if (now !== null && value !== null && sameValue(now, value)) return text;
  const all = linesOf(text);
  const isIt = (line: string) => readLine(line)?.name === option;
  if (value === null) return all.filter((line) => !isIt(line)).join('');
  const at = all.findLastIndex(isIt);
  const old = at < 0 ? null : readLine(all[at] as string);
  if (old) {
    const between = /\S/.test(old.between) || old.value !== '' ? old.between : ' = ';
    return all.with(at, `${old.head}${option}${between}${value}${old.tail}`).join('');
  }
  const line = value === true ? `${option}\n` : `${option} = ${value}\n`;
  const example = all.findLastIndex((one) => exampleOf(one) === option);
  const place = example < 0 ? all.length : example + 1;
  const above = all[place - 1] ?? '\n';
  return all.toSpliced(place, 0, above.endsWith('\n') ? line : `\n${line}`).join('');
}

// As read_config_file() of Linux-PAM's faillock_config.c takes a line: `#` begins a comment anywhere.
function readLine(line: string): ConfLine | null {
  const [, head, name, between, value, tail] =
    /^([ \t\f\v\r]*)([^\s#=]+)([ \t]*=?[ \t]*)([^#\n]*?)([ \t\r]*(?:#[^\n]*)?\n?)$/.exec(line) ?? [];
  if (head === undefined || name === undefined) return null;
  return { head, name, between: between ?? '', value: value ?? '', tail: tail ?? '' };
}

/** The option that a line shows as an example, commented out. */
function exampleOf(line: string): Option | undefined {
  const [, name] = /^\s*#\s*([a-z_]+)\s*(?:=.*)?$/.exec(line.trimEnd()) ?? [];
  return optionNames.find((option) => option === name);
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
