import { below, type Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { withSystemPath } from './program.ts';

/**
 * What authselect says of the host; null: there is no authselect. `intact`: its files are as it wrote them;
 * `none`: none of its profiles is selected; `edited`: somebody else has changed its files.
 */
export type AuthselectAnswer = {
  readonly check: 'intact' | 'none' | 'edited';
  readonly profile: string | null;
  readonly features: readonly string[];
  readonly backups: readonly string[];
} | null;

/** The profile of authselect that is selected, and whether its files are intact: three calls of authselect. */
export const authselect: Fact<undefined, AuthselectAnswer> = {
  name: 'authselect',
  id: () => '',
  about: () => [
    'authselect:current',
    ...['/etc/authselect', '/etc/pam.d', '/var/lib/authselect/backups'].map(below),
  ],
  ask: () =>
    lines([
      withSystemPath,
      sh`if command -v authselect >/dev/null; then`,
      sh`authselect check >/dev/null 2>&1; echo "check $?"`,
      sh`if r=$(authselect current --raw 2>/dev/null); then printf 'current %s\\n' "$r"; fi`,
      sh`for b in /var/lib/authselect/backups/*/; do b=\${b%/}; [ ! -d "$b" ] || printf 'backup %s\\n' "\${b##*/}"; done`,
      sh`fi`,
    ]),
  parse(output) {
    const rows = output.toString('utf8').split('\n');
    const all = (word: string) =>
      rows.filter((row) => row.startsWith(`${word} `)).map((row) => row.slice(word.length + 1));
    const [code] = all('check');
    if (code === undefined) return [null];
    const [profile, ...features] = (all('current')[0] ?? '').split(/\s+/).filter(Boolean);
    return [
      {
        // authselect(8): 0, 2 (nothing selected), 3 (modified by others).
        check: code === '0' ? 'intact' : profile === undefined ? 'none' : 'edited',
        profile: profile ?? null,
        features: features.toSorted(),
        backups: all('backup'),
      },
    ];
  },
  // Backups that others make do not matter.
  lasting: (answer) => answer && { ...answer, backups: [] },
};
