import { below, type Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { pamKey } from './pam_files.ts';
import { withSystemPath } from './program.ts';

/** What the host has of pam_faillock. */
export interface FaillockAnswer {
  /** Where the module is, or null. */
  readonly module: string | null;
  /** Whether the module reads /etc/security/faillock.conf: it does since Linux-PAM 1.4 and in RHEL since 8.2. */
  readonly readsConf: boolean;
  /** The lines of /etc/pam.d that name it outside of a comment; text has one character a byte. */
  readonly lines: readonly { readonly file: string; readonly text: string }[];
}

/** Whether pam_faillock is there, whether it reads a file, and which files of /etc/pam.d name it. Two `grep`. */
export const faillock: Fact<undefined, FaillockAnswer> = {
  name: 'faillock',
  id: () => '',
  about: () => [pamKey, below('/etc/pam.d'), 'path:/etc/security/faillock.conf'],
  ask: () =>
    lines([
      sh`for m in /lib*/security/pam_faillock.so /usr/lib*/security/pam_faillock.so /lib/*/security/pam_faillock.so /usr/lib/*/security/pam_faillock.so; do`,
      sh`[ ! -f "$m" ] || { echo "module $m"; if grep -q 'faillock\\.conf' "$m"; then echo conf; fi; break; }`,
      sh`done`,
      sh`grep -H '^[^#]*pam_faillock' /etc/pam.d/* 2>/dev/null; :`,
    ]),
  parse(output) {
    const rows = output.toString('latin1').split('\n');
    const head = rows.findIndex((row) => row.startsWith('/'));
    const before = head < 0 ? rows : rows.slice(0, head);
    return [
      {
        module: before.find((row) => row.startsWith('module '))?.slice('module '.length) ?? null,
        readsConf: before.includes('conf'),
        lines: rows.flatMap((row) => {
          const [, file, text] = /^(\/etc\/pam\.d\/[^:]+):(.*)$/.exec(row) ?? [];
          return file === undefined || text === undefined ? [] : [{ file, text }];
        }),
      },
    ];
  },
  // The files that are changed are asked for by their content.
  lasting: ({ module, readsConf }) => ({ module, readsConf }),
};

/** Whose failures are asked for, and where they are kept; null where the module's own settings say. */
export interface TallySubject {
  readonly user: string;
  readonly dir: string | null;
}

/** One failed attempt, as faillock(8) shows it. */
export interface Failure {
  /** The host's local time. */
  readonly when: string;
  /** RHOST, TTY, SVC or similar. */
  readonly type: string;
  readonly source: string;
  /** Whether it counts. */
  readonly valid: boolean;
}

/** The failures of a user; `null`: there is no faillock program. */
export interface Tally {
  readonly dir: string;
  readonly failures: readonly Failure[] | null;
}

/** The directory where none is set. */
export const tallyDirectory = '/var/run/faillock';

/** The failed attempts that pam_faillock has counted; `faillock` is run only where a user has any. */
export const faillockTally: Fact<TallySubject, Tally> = {
  name: 'faillock_tally',
  id: ({ user, dir }) => `${dir ?? '-'} ${user}`,
  about: ({ user, dir }) => [
    `faillock:${user}`,
    ...(dir === null
      ? ([pamKey, 'path:/etc/pam.d', 'path:/etc/security/faillock.conf'] as const)
      : [`path:${dir}` as const]),
  ],
  ask: (subjects) =>
    lines([
      withSystemPath,
      sh`c=; if [ -r /etc/security/faillock.conf ]; then`,
      sh`c=$(sed -n 's/#.*//; s/^[[:space:]]*dir[[:space:]]*[=[:space:]][[:space:]]*\\(\\/.*[^[:space:]]\\)[[:space:]]*$/\\1/p' /etc/security/faillock.conf); c=\${c##*"
"}`,
      sh`fi`,
      // What a line of PAM says goes before the file; faillock(8) does not know of it.
      sh`l=$(sed -n 's/#.*//; /pam_faillock/s/.*[[:space:]]dir=\\(\\/[^[:space:]]*\\).*/\\1/p' /etc/pam.d/* 2>/dev/null)`,
      sh`[ -z "$l" ] || c=\${l##*"
"}`,
      sh`one() {
d=\${1:-\${c:-${tallyDirectory}}}
printf '>%s\\n' "$d"
if ! command -v faillock >/dev/null; then echo -
elif [ -s "$d/$2" ]; then faillock --dir "$d" --user "$2"
fi
}`,
      ...subjects.map(({ user, dir }) => sh`one ${dir ?? ''} ${user}`),
    ]),
  parse(output, subjects) {
    const tallies: { dir: string; failures: Failure[] | null }[] = [];
    for (const row of output.toString('utf8').split('\n')) {
      const last = tallies.at(-1);
      if (row.startsWith('>')) tallies.push({ dir: row.slice(1), failures: [] });
      else if (last && row === '-') last.failures = null;
      else last?.failures?.push(...failureOf(row));
    }
    if (tallies.length !== subjects.length) throw new Error('the tally could not be read');
    return tallies;
  },
};

function failureOf(row: string): readonly Failure[] {
  const [, when, type, source, mark] =
    /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +(\S+) +(.*?) +([VI])\s*$/.exec(row) ?? [];
  if (when === undefined || type === undefined) return [];
  return [{ when, type, source: source ?? '', valid: mark === 'V' }];
}
