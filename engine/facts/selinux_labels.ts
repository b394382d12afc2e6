import { type Fact, Unsettled } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';
import { kindOfMode, type PathKind } from './attributes.ts';
import { withSystemPath } from './program.ts';

/** A path, with `deep` all that is below it. */
export interface LabelSubject {
  readonly path: string;
  readonly deep: boolean;
}

/** A label, in its parts; `range` is empty where the policy has no levels. */
export interface Context {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly range: string;
}

/** One path, with the label that it has and the one that the policy has for it. */
export interface LabelledPath {
  /** The host's bytes, each a character (latin1). */
  readonly path: string;
  readonly kind: PathKind | 'other';
  readonly label: string;
  /** What `restorecon` would give it; null where the policy leaves it as it is. */
  readonly policy: string | null;
}

export type LabelsAnswer =
  | { readonly kind: 'absent' }
  /** SELinux is not on, or there is no matchpathcon(8). */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'paths'; readonly entries: readonly LabelledPath[] };

/** The labels at a path and, where asked, below it, links not followed. */
export const selinuxLabels: Fact<LabelSubject, LabelsAnswer> = {
  name: 'selinux_labels',
  id: ({ path, deep }) => `${deep ? 'deep' : 'one'} ${path}`,
  about: ({ path }) => [`path:${path}`, 'selinux:file_contexts', 'selinux:mode'],
  // A shell of busybox's would take its own stat, which knows no labels.
  ask: (subjects) => sh`${withSystemPath}
S=/usr/bin/stat; if ! [ -x "$S" ]; then S=stat; fi
one() {
if ! [ -e /sys/fs/selinux/enforce ] && ! [ -e /selinux/enforce ] || ! command -v matchpathcon >/dev/null; then printf 'u\\000'; return; fi
if ! [ -e "$1" ] && ! [ -L "$1" ]; then printf 'a\\000'; return; fi
printf 'p\\000'
find "$1" $2 -print0
printf '\\000'
find "$1" $2 -exec "$S" -c %f:%C -- {} +
printf '\\000'
find "$1" $2 -exec matchpathcon -n -- {} +
printf '\\000'
find "$1" $2 -print0
printf '\\000'
}
set --
for p in ${subjects.flatMap(({ path, deep }) => [deep ? '' : '-maxdepth 0', path])}; do
case $# in 0) set -- x "$p";; *) one "$p" "$2"; set --;; esac
done`,
  parse(output, subjects) {
    const text = output.toString('latin1');
    let at = 0;
    const upTo = (end: string): string => {
      const found = text.indexOf(end, at);
      if (found < 0) throw new Unsettled('files moved while their labels were read');
      const taken = text.slice(at, found);
      at = found + end.length;
      return taken;
    };
    return subjects.map((): LabelsAnswer => {
      const letter = upTo('\0');
      if (letter === 'u') return { kind: 'unknown' };
      if (letter === 'a') return { kind: 'absent' };
      const names = upTo('\0\0').split('\0');
      const labels = upTo('\0').split('\n').slice(0, -1);
      const policy = upTo('\0').split('\n').slice(0, -1);
      if (
        upTo('\0\0') !== names.join('\0') ||
        labels.length !== names.length ||
        policy.length !== names.length
      )
        throw new Unsettled('files moved while their labels were read');
      return {
        kind: 'paths',
        entries: names.map((path, index) => entry(path, labels[index], policy[index])),
      };
    });
  },
};

/** The parts of a label; null where it is none. */
export function contextOf(label: string): Context | null {
  const [user, role, type, ...range] = label.split(':');
  if (!user || !role || !type) return null;
  return { user, role, type, range: range.join(':') };
}

/** A label's type, or the label as it stands where it has none. */
export function typeOf(label: string): string {
  return contextOf(label)?.type ?? label;
}

function entry(path: string, row = '', policy = ''): LabelledPath {
  const colon = row.indexOf(':');
  return {
    path,
    kind: kindOfMode[Number.parseInt(row.slice(0, colon), 16) >> 12] ?? 'other',
    label: row.slice(colon + 1),
    policy: contextOf(policy) ? policy : null,
  };
}
