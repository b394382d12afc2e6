import { CannotPlan, type Change, noted, predict, saved } from '../contract/change.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { packageFact, packageKey, type PackageAnswer, rpmName } from './package.ts';
import { lockHolders } from './package_lock.ts';
import type { PackageRequest } from './package_state.ts';

/** Holds packages at their version, or lets them go: apt-mark, or the list of dnf's or yum's versionlock. */
export function planHolds(request: PackageRequest, packages: readonly PackageAnswer[]): readonly Change[] {
  const { hold, names, state } = request;
  refuseDnf5(request, packages);
  if (hold === undefined || state === 'absent') return [];
  const other = names.filter((_, index) => packages[index]?.held !== hold);
  if (other.length === 0) return [];
  const [first] = packages;
  if (!first) return [];
  const { program, lockList } = first;
  const word = hold ? 'hold' : 'no longer hold';
  const about = {
    what: `${word} ${other.join(', ')} at the version that is there`,
    diff: { before: hold ? null : marks(other), after: hold ? marks(other) : null },
    predicts: other.flatMap((name) => {
      const found = packages[names.indexOf(name)];
      if (!found || found.installed.length === 0) return [];
      return [
        predict({ fact: packageFact, subject: { name, tool: request.tool } }, { ...found, held: hold }),
      ];
    }),
  };
  if (program === 'apt') {
    const [now, back] = hold ? ['hold', 'unhold'] : ['unhold', 'hold'];
    return [
      {
        ...about,
        touches: other.map(packageKey),
        apply: mark(now, other, request.lockTimeout),
        undo: mark(back, other, request.lockTimeout),
      },
    ];
  }
  if (lockList === undefined) {
    if (!hold) return [];
    throw new CannotPlan(`${program} cannot hold a package: it has no versionlock`, {
      next:
        program === 'yum'
          ? 'install yum-plugin-versionlock first'
          : 'install python3-dnf-plugin-versionlock (openEuler, Kylin: dnf-plugins-core) first',
    });
  }
  return [
    {
      ...about,
      touches: [...other.map(packageKey), `path:${lockList}`],
      saves: [lockList],
      apply: lines([lockFunctions(lockList), ...other.map((name) => changeLock(name, hold))]),
      undo: restoreFile(lockList, saved(0)),
    },
  ];
}

/** Throws CannotPlan: locks of dnf 5 are conditions in /etc/dnf/versionlock.toml (dnf5-versionlock(8)), and are not read here. */
function refuseDnf5({ hold, lift }: PackageRequest, packages: readonly PackageAnswer[]): void {
  if (!packages.some(({ isDnf5 }) => isDnf5) || (hold === undefined && !lift)) return;
  throw new CannotPlan('this host has dnf 5, whose locks (/etc/dnf/versionlock.toml) are not known here', {
    next: 'leave `hold` and `holds` out, and set its locks with `command: dnf versionlock …`',
  });
}

/** apt-mark does not wait for dpkg's lock by itself. */
function mark(word: string, names: readonly string[], lockTimeout: number): Script {
  return lines([
    lockHolders,
    sh`end=$(($(date +%s)+${lockTimeout}))`,
    sh`until o=$(LC_ALL=C apt-mark ${word} ${names} 2>&1); do
case $o in *lock*) if [ "$(date +%s)" -lt "$end" ]; then sleep 1; continue; fi
lock_holders /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock >&2;; esac
printf '%s\\n' "$o" >&2; exit 1
done`,
  ]);
}

function marks(names: readonly string[]): string {
  return names.map((name) => `${name} held\n`).join('');
}

function changeLock(name: string, hold: boolean): Script {
  const base = rpmName(name).name;
  return hold ? sh`lock ${base} || exit 1` : sh`unlock ${base} || exit 1`;
}

/**
 * Shell functions: `lock NAME`, `unlock NAME`; `relock` writes the entries of packages anew whose version has changed
 * since the notes `before` were written. dnf's entries are "name-epoch:version-release.*", yum's "epoch:name-version-release.*".
 */
export function lockFunctions(list: string): Script {
  const isYum = list.includes('/yum/');
  return lines([
    sh`list=${list}`,
    // Written in place: owner, mode and label stay.
    sh`put() { printf '%s' "$1" >"$list"; }`,
    sh`nl='
'`,
    isYum
      ? sh`entry() { echo "$2:$1-$3.*"; }; apart() { e=\${1%.\\*}; E=\${e%%:*} e=\${e#*:}; R=\${e##*-} e=\${e%-*}; V=\${e##*-} N=\${e%-*}; }`
      : sh`entry() { echo "$1-$2:$3.*"; }; apart() { e=\${1%.\\*}; R=\${e##*-} e=\${e%-*}; V=\${e##*-} N=\${e%-*}; case $V in *:*) E=\${V%%:*} V=\${V#*:};; *) E=0;; esac; }`,
    sh`now() { /usr/bin/rpm -q --qf '%{EPOCHNUM} %{VERSION}-%{RELEASE}\\n' "$1" 2>/dev/null; }`,
    sh`entries() { now "$1" | while read -r a b; do [ -z "$b" ] || entry "$1" "$a" "$b"; done; }`,
    sh`each() {
new=
while IFS= read -r l || [ -n "$l" ]; do
case $l in ''|'#'*|'!'*|'['*) new=$new$l$nl; continue;; esac
apart "$l"; "$@" "$l" || new=$new$l$nl
done <"$list"
}`,
    sh`is_of() { [ "$N" = "$1" ]; }`,
    sh`unlock() { [ -f "$list" ] || return 0; each is_of "$1"; put "$new"; }`,
    sh`lock() { new=; if [ -f "$list" ]; then each is_of "$1"; fi; x=$(entries "$1"); [ -n "$x" ] || return 1; put "$new$x$nl"; }`,
    sh`moved() {
grep -q "^\${N}[.][^=.]*=$E:$V-$R\\$" ${noted('before')} || return 1
x=$(entries "$N"); [ -n "$x" ] || return 1
case "$nl$x$nl" in *"$nl$l$nl"*) return 1;; esac
new=$new$x$nl
}`,
    sh`relock() { [ -f "$list" ] || return 0; each moved; put "$new"; }`,
  ]);
}
