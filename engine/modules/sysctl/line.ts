import { sysctlWords } from '../../facts/sysctl.ts';

/**
 * The path below /proc/sys that a name stands for, as sysctl(8) reads it: where the first separator is a dot, dots part and
 * slashes are dots of a name ("net.ipv4.conf.eth0/100.rp_filter"); where it is a slash, it is a path.
 */
export function sysctlPath(name: string): string {
  const [first] = /[./]/.exec(name) ?? [];
  return first === '.' ? name.replaceAll(/[./]/g, (char) => (char === '.' ? '/' : '.')) : name;
}

/** A line of a file of settings, taken apart so that it can be put together again; null for any other line. */
export interface SettingLine {
  /** Up to the value: blanks, "-", the name, "=". */
  readonly head: string;
  readonly path: string;
  /** As it is written. */
  readonly value: string;
  /** Blanks and the line end. */
  readonly tail: string;
}

/** Reads one line, its end included: sysctl.conf(5). */
export function readSetting(line: string): SettingLine | null {
  const [, head, name, value, tail] =
    /^([ \t\r]*-?[ \t]*([^ \t\r\n=#;-][^=\n]*?)[ \t]*=[ \t]*)(.*?)([ \t\r\n]*)$/s.exec(line) ?? [];
  if (head === undefined || name === undefined) return null;
  return { head, path: sysctlPath(name), value: value ?? '', tail: tail ?? '' };
}

/** A text with the setting's last line changed, or one added at its end. */
export function withSetting(text: string, name: string, value: string): string {
  const all = linesOf(text);
  const path = sysctlPath(name);
  const at = all.findLastIndex((line) => readSetting(line)?.path === path);
  const found = at < 0 ? null : readSetting(all[at] as string);
  if (!found) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name} = ${value}\n`;
  if (sysctlWords(found.value) === sysctlWords(value)) return text;
  return all.with(at, `${found.head}${value}${found.tail}`).join('');
}

/** A text without any line of the setting. */
export function withoutSetting(text: string, name: string): string {
  const path = sysctlPath(name);
  return linesOf(text)
    .filter((line) => readSetting(line)?.path !== path)
    .join('');
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
