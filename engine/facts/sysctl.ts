import type { Fact, Key } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/** A setting of the kernel by its path below /proc/sys. */
export interface SysctlSubject {
  readonly path: string;
}

/** Its value, words parted by single blanks; `hidden` where it is there but cannot be read. */
export type SysctlAnswer =
  | { readonly kind: 'value'; readonly value: string; readonly writable: boolean }
  | { readonly kind: 'absent' }
  | { readonly kind: 'hidden' };

/**
 * What the running kernel is set to; one `grep` for all. The shells read byte by byte, and the kernel tells of a number no more
 * than the first read takes.
 */
export const sysctl: Fact<SysctlSubject, SysctlAnswer> = {
  name: 'sysctl',
  id: ({ path }) => path,
  about: ({ path }) => sysctlKeys(path),
  ask: (subjects) =>
    lines([
      sh`one() { if ! [ -e "$1" ]; then c=-; elif ! [ -r "$1" ]; then c=h; elif [ -w "$1" ]; then c=w; else c=r; fi; printf %s $c; }`,
      ...subjects.map(({ path }) => sh`one ${fileOf(path)}`),
      sh`echo; grep -H '' -- ${subjects.map(({ path }) => fileOf(path))} 2>/dev/null`,
    ]),
  parse(output, subjects) {
    const [letters = '', ...rows] = output.toString('utf8').split('\n');
    return subjects.map(({ path }, index): SysctlAnswer => {
      if (letters[index] === '-') return { kind: 'absent' };
      const start = `${fileOf(path)}:`;
      const own = rows.filter((row) => row.startsWith(start)).map((row) => row.slice(start.length));
      // Busybox takes everything for readable to root.
      if (letters[index] === 'h' || own.length === 0) return { kind: 'hidden' };
      return { kind: 'value', value: sysctlWords(own.join(' ')), writable: letters[index] === 'w' };
    });
  },
  lasting: (answer) => (answer.kind === 'value' ? answer.value : answer.kind),
};

/** A value as it is compared: words parted by single blanks. */
export function sysctlWords(text: string): string {
  return text
    .split(/[ \t\n\r\f\v]+/)
    .filter(Boolean)
    .join(' ');
}

/** What stands for a setting; those of network interfaces also hang on `all`, `default` and `ip_forward`. */
export function sysctlKeys(path: string): readonly Key[] {
  const own: Key = `sysctl:${path}`;
  return /^net\/ipv[46]\/(conf\/|ip_forward)/.test(path) ? [own, 'sysctl:interfaces'] : [own];
}

/** What a change of a setting touches. */
export function touchedSysctls(path: string): readonly Key[] {
  const isWide = /^net\/ipv[46]\/(conf\/(all|default)\/|ip_forward)/.test(path);
  return isWide ? sysctlKeys(path) : [`sysctl:${path}`];
}

function fileOf(path: string): string {
  return `/proc/sys/${path}`;
}
