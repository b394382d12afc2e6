import { noted } from '../contract/change.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { chosenNow } from './package_choose_now.ts';
import { lockFunctions } from './package_hold.ts';
import { findKept, keepFiles } from './package_keep.ts';
import { giveDefaultBack, noteDefault, readDefault, refuseRunning } from './package_kernel.ts';
import { lockHolders } from './package_lock.ts';
import { flushNotes, sayDifference } from './package_notes.ts';
import type { KeptFile, TransactionSubject } from './package_transaction.ts';

/** A transaction of dnf or yum that is to be made. */
export interface DnfTransaction {
  readonly program: 'dnf' | 'yum';
  /** Options and the verb. */
  readonly words: readonly string[];
  readonly names: readonly string[];
  /** Seconds to wait for a lock that somebody else holds. */
  readonly lockTimeout: number;
  /** The metadata is fetched first, however fresh it is. */
  readonly refresh: boolean;
  /** Locks do not count; those of packages that change are set anew. */
  readonly lift: boolean;
  /** The versions are chosen only now. */
  readonly chooses?: TransactionSubject;
  /** Kernels are among them. */
  readonly kernels: boolean;
  /** Package files to be kept for the way back. */
  readonly keeps?: readonly KeptFile[];
}

/** Installs or removes packages and notes, for the undo, what was installed before and afterwards. */
export function applyDnf(transaction: DnfTransaction): Script {
  const { program, words, names, lockTimeout, refresh, lift, chooses, kernels, keeps = [] } = transaction;
  return lines([
    dnfRun(program, lockTimeout),
    sh`mkdir -p "$FETTLE_SAVE" && ${list} >${noted('before')} || exit 1`,
    ...(kernels ? [noteDefault('before')] : []),
    keepFiles(keeps),
    flushNotes,
    ...(refresh ? [sh`dnf_run clean expire-cache || exit 1`] : []),
    ...(chooses ? [sh`dnf_run makecache || exit 1`, chosenNow(program, chooses)] : [sh`set -- ${names}`]),
    sh`dnf_run ${words} "$@"; r=$?`,
    ...(lift ? [relockAll] : []),
    sh`${list} >${noted('after')}`,
    ...(kernels ? [noteDefault('after')] : []),
    flushNotes,
    sh`exit "$r"`,
  ]);
}

/** The entries of locks follow the packages that have changed. */
const relockAll = lines(
  ['/etc/dnf/plugins/versionlock.list', '/etc/yum/pluginconf.d/versionlock.list'].map(
    (path) => sh`if [ -f ${path} ]; then ( ${lockFunctions(path)}\nrelock ) || r=1; fi`,
  ),
);

/**
 * Takes a transaction back in one: what it installed goes, what it removed or replaced comes back in its old version.
 * It is refused where something that came later needs what goes; and what is then not as before is said.
 */
export function undoDnf(program: 'dnf' | 'yum', lockTimeout: number, lift: boolean): Script {
  const more = lift ? ['--disableplugin=versionlock'] : [];
  return lines([
    dnfRun(program, lockTimeout),
    findKept,
    sh`[ -f ${noted('before')} ] || exit 0`,
    sh`[ -s ${noted('after')} ] || ${list} >${noted('after')} || exit 1`,
    sayDifference,
    sh`whole() { n=\${1%%=*} v=\${1#*=}; a=\${n##*.} n=\${n%.*}; }`,
    sh`own=' ' drop= down= back=`,
    sh`for l in $added; do whole "$l"; own="$own$n-\${v#*:}.$a "; case $removed in *"$nl$n.$a="*) ;; *) drop="$drop $n-$v.$a"; set -- "$@" "$n-\${v#*:}.$a";; esac; done`,
    sh`for l in $removed; do whole "$l"; kept "$n" "$v" "$a"; f=\${f:-$n-$v.$a}; case $added in *"$nl$n.$a="*) down="$down $f";; *) back="$back $f";; esac; done`,
    sh`[ -n "$drop$down$back" ] || exit 0`,
    refuseRunning,
    readDefault,
    sh`if [ -n "$drop" ]; then more=; IFS=$nl`,
    sh`for r in $(/usr/bin/rpm -e --test "$@" 2>&1); do case $r in *'is needed by'*) case $own in *" \${r##* } "*) ;; *) more="$more \${r##* }";; esac;; esac; done`,
    sh`unset IFS`,
    sh`[ -z "$more" ] || { echo "what was installed since then needs what would go:$more: remove that first, or keep all" >&2; exit 1; }`,
    sh`fi`,
    // What went up goes down, and the other way round: each word passes over what is not its own.
    sh`{ [ -z "$drop" ] || echo "remove$drop"; [ -z "$down" ] || printf '%s\\n' "downgrade$down" "update$down"; [ -z "$back" ] || echo "install$back"; echo run; } >${noted('shell')} || exit 1`,
    // What another package has taken the place of is asked for by its own name.
    sh`dnf_run ${more} --setopt=obsoletes=0 --setopt=clean_requirements_on_remove=false --setopt=install_weak_deps=false shell ${noted('shell')}`,
    sh`now="$nl$(${list})$nl" off=`,
    sh`for l in $removed; do case $now in *"$nl$l$nl"*) ;; *) off="$off $l is not back;";; esac; done`,
    sh`for l in $added; do case $now in *"$nl$l$nl"*) off="$off $l is still there;";; esac; done`,
    giveDefaultBack,
    sh`[ -z "$off" ] || { printf '%s\\n' "$o" "after its undo$off" >&2; exit 1; }`,
  ]);
}

const list = sh`/usr/bin/rpm -qa --qf '%{NAME}.%{ARCH}=%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n' | grep -v '^gpg-pubkey[.]' | LC_ALL=C sort`;

/** A shell function: `dnf_run WORD…` runs dnf or yum without a question; its output is in `o`, and shown where it fails. */
function dnfRun(program: 'dnf' | 'yum', lockTimeout: number): Script {
  return lines([
    sh`LC_ALL=C; export LC_ALL`,
    sh`lock_end=$(($(date +%s)+${lockTimeout}))`,
    lockHolders,
    sh`lock_files() {
for f in /var/cache/dnf/metadata_lock.pid /var/cache/dnf/download_lock.pid /var/lib/dnf/rpmdb_lock.pid /run/yum.pid; do
[ -s "$f" ] || continue
read -r pid <"$f" || :
w=; { read -r w <"/proc/$pid/comm"; } 2>/dev/null
[ -z "$w" ] || echo "process $pid ($w) holds $f"
done
lock_holders /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock
}`,
    sh`dnf_run() {
while :; do
o=$(${program} -y --setopt=exit_on_lock=1 "$@" </dev/null 2>&1) && return
r=$?
case "$r $o" in
'200 '*|*"can't create transaction lock"*|*'holding the yum lock'*)
if [ "$(date +%s)" -lt "$lock_end" ]; then sleep 1; continue; fi
echo 'another program held the lock of the package manager for all of lock_timeout (${lockTimeout} s):' >&2
lock_files >&2;;
*'Unable to find a match'*|*'No match for argument'*|*'No package '*' available'*)
echo 'no repository of this host knows what is named below; searched were:' >&2
${program} -q -C repolist >&2 2>/dev/null;;
esac
printf '%s\\n' "$o" >&2
return "$r"
done
}`,
  ]);
}
