import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/** A tidy absolute path; what a link leads to is looked at as well as the link. */
export interface ModifiedSubject {
  readonly path: string;
}

export interface Modified {
  /** In seconds since the host's boot by its clock of today, so that it compares with when a process began; null where nothing is there. */
  readonly at: number | null;
  /** The same in seconds since 1970. */
  readonly mtime: number | null;
}

/** When files were last modified; one `date`, two `stat` a file. */
export const modified: Fact<ModifiedSubject, Modified> = {
  name: 'modified',
  id: ({ path }) => path,
  about: ({ path }) => [`path:${path}`],
  ask: (subjects) =>
    lines([
      // The two clocks are read within one hundredth of a second, if the host lets it.
      sh`t=0; while :; do read -r u x </proc/uptime; d=$(date +%s.%N); read -r v x </proc/uptime; t=$((t + 1))`,
      sh`if [ "$u" = "$v" ] || [ $t = 9 ]; then break; fi; done`,
      sh`printf '%s %s\\n' "$v" "$d"`,
      sh`f() { if [ -e "$1" ] || [ -L "$1" ]; then set -- "$1" "$(stat -c '%Y %y' -- "$1" 2>/dev/null)" "$(stat -L -c '%Y %y' -- "$1" 2>/dev/null)"; else set -- - - -; fi; printf '%s|%s\\n' "$2" "$3"; }`,
      ...subjects.map(({ path }) => sh`f ${path}`),
    ]),
  parse(output, subjects) {
    const [clocks = '', ...rows] = output.toString('utf8').split('\n');
    const [up = Number.NaN, whole = Number.NaN] = clocks.split(' ').map(Number.parseFloat);
    // busybox tells whole seconds alone: nothing must seem newer than it is.
    const now = /\.\d+$/.test(clocks) ? whole : whole + 1;
    if (!Number.isFinite(up) || !Number.isFinite(now)) throw new Error('the host did not tell its clock');
    return subjects.map((_subject, index) => {
      const times = (rows[index] ?? '').split('|').flatMap(timeOf);
      if (times.length === 0) return { at: null, mtime: null };
      const mtime = Math.max(...times);
      return { at: mtime - now + up, mtime };
    });
  },
  lasting: ({ mtime }) => mtime,
};

/** "1763679647 2026-11-20 23:00:47.123456789 +0000"; busybox leaves the rest of a second out. */
function timeOf(text: string): readonly number[] {
  const [, seconds, rest = ''] = /^(-?\d+) \S+ [\d:]+(\.\d+)?/.exec(text) ?? [];
  return seconds === undefined ? [] : [Number(seconds) + Number(`0${rest}`)];
}
