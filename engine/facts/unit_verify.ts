import { lines, sh, type Script } from '../shell/script.ts';

/** What of systemd's complaints keeps a unit file from being put into place. */
export type UnitVerification = 'all' | 'errors' | 'none';

/** A unit file that is about to be written. */
export interface UnitDraft {
  /** The unit's full name. */
  readonly unit: string;
  /** A word that names the file with the new text. */
  readonly source: Script;
  /** The file's own name, where it is a drop-in. */
  readonly dropIn?: string | undefined;
}

/**
 * Shell text that ends the script where `systemd-analyze verify` finds fault with a draft: the draft is laid into a
 * folder of its own, which comes first in the search path. Only lines about it count: the exit status also tells of the units that
 * it names, of other drop-ins, of absent manual pages. `errors` lets pass what systemd would leave out. Nothing is checked where the
 * program is not there, and no drop-in of a unit that is not there.
 */
export function verifyUnit({ unit, source, dropIn }: UnitDraft, verification: UnitVerification): Script {
  if (verification === 'none') return sh`:`;
  // An instance can be loaded by every version; of a template, only those since 233 make one.
  const name = unit.replace('@.', '@fettle.');
  const ignored =
    verification === 'errors' ? sh`*', ignoring'*|*'nknown lvalue'*|*'nknown section'*) ;;` : sh``;
  return lines([
    sh`if command -v systemd-analyze >/dev/null; then (`,
    sh`umask 077; d=$(mktemp -d) || exit 1`,
    sh`trap 'rm -rf -- "$d"' EXIT; trap 'exit 143' HUP INT TERM`,
    dropIn === undefined
      ? sh`cp -- ${source} "$d"/${name} || exit 1`
      : besideItsUnit(unit, name, source, dropIn),
    sh`v() { LC_ALL=C systemd-analyze "$@" verify "$d"/${name} 2>&1 </dev/null; }`,
    // Before 235 there is no such option.
    sh`o=$(v --man=no) || case $o in *'nrecognized option'*) o=$(v);; esac`,
    sh`f=; nl='\n'; IFS=$nl; set -f`,
    sh`for l in $o; do case $l in *"Command 'man "*|${advice}) ;; ${ignored}`,
    sh`*"$d"/*) f=$f$nl\${l%%"$d"/*}\${l#*"$d"/};;`,
    sh`${name}:*|*' '${name}' '*|*' '${name}:*) f=$f$nl$l;; esac; done`,
    sh`[ -z "$f" ] || { printf 'systemd would not take this file as it is meant:%s\\n' "$f" >&2; exit 1; }`,
    sh`) || exit 1; fi`,
  ]);
}

// What is done as it is written all the same: user nobody, KillMode=none, StandardOutput=syslog, a PID file below /var/run.
const advice = sh`*'not safe'*|*unsafe*|*obsolete*|*deprecated*|*legacy*|*'Proceeding anyway'*`;

function besideItsUnit(unit: string, name: string, source: Script, dropIn: string): Script {
  const folders = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map(
    (top) => `${top}/systemd/system`,
  );
  return lines([
    sh`u=; for f in ${folders.map((folder) => `${folder}/${unit}`)}; do if [ -f "$f" ]; then u=$f; break; fi; done`,
    sh`[ -n "$u" ] || exit 0`,
    sh`cp -- "$u" "$d"/${name} && mkdir "$d"/${`${name}.d`} && cp -- ${source} "$d"/${`${name}.d/${dropIn}`} || exit 1`,
  ]);
}
