import { noted } from '../contract/change.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { chosenNow } from './package_choose_now.ts';
import { findKept, keepFiles } from './package_keep.ts';
import { refuseRunning } from './package_kernel.ts';
import { lockHolders } from './package_lock.ts';
import { flushNotes, sayDifference } from './package_notes.ts';
import type { KeptFile, TransactionSubject } from './package_transaction.ts';

/** A transaction of apt that is to be made. */
export interface AptTransaction {
  /** Options and the verb. */
  readonly words: readonly string[];
  readonly names: readonly string[];
  /** Seconds to wait for a lock that somebody else holds. */
  readonly lockTimeout: number;
  /** No simulation has shown that apt knows the names as names: it would take some for patterns. */
  readonly unseen: boolean;
  /** Held packages may change; they are held again afterwards. */
  readonly lift: boolean;
  /** The versions are chosen only now. */
  readonly chooses?: TransactionSubject;
  /** Package files to be kept for the way back. */
  readonly keeps?: readonly KeptFile[];
}

/** Installs or removes packages and notes, for the undo, what was installed before and afterwards. */
export function applyApt(transaction: AptTransaction): Script {
  const { words, names, lockTimeout, unseen, lift, chooses, keeps = [] } = transaction;
  return lines([
    aptGet(lockTimeout),
    sh`mkdir -p "$FETTLE_SAVE" && ${list} >${noted('before')} && apt-mark showauto >${noted('auto')} || exit 1`,
    ...(lift ? [sh`apt-mark showhold >${noted('held')} || exit 1`, holdAgain] : []),
    keepFiles(keeps),
    flushNotes,
    ...(unseen ? names.map((name) => sh`apt_knows ${name} || exit 1`) : []),
    chooses ? chosenNow('apt', chooses) : sh`set -- ${names}`,
    sh`apt_get ${words} -- "$@"; r=$?`,
    ...(lift ? [sh`hold_again || r=1`] : []),
    sh`${list} >${noted('after')}`,
    flushNotes,
    sh`exit "$r"`,
  ]);
}

/** A shell function: holds again what was held before, and is still there. */
const holdAgain = sh`hold_again() {
for h in $(cat ${noted('held')}); do
case $(dpkg-query -W -f='\${Status}' "$h" 2>/dev/null) in
'hold '*) ;;
*' ok installed') apt-mark hold "$h" >/dev/null || return 1;;
esac
done
}`;

/** Fetches the lists of packages anew. The folder's time then tells when, which apt leaves as it is where nothing was new. */
export function updateApt(lockTimeout: number): Script {
  return lines([
    sh`command -v apt-get >/dev/null || { echo 'this host has no apt-get' >&2; exit 1; }`,
    aptGet(lockTimeout),
    sh`apt_get update || exit 1`,
    // apt itself only warns of a list that it could not fetch.
    sh`case $o in *'Failed to fetch'*|*'Some index files failed to download'*) printf '%s\\n' "$o" >&2; exit 1;; esac`,
    sh`touch -c /var/lib/apt/lists`,
  ]);
}

/**
 * Takes a transaction back in one: what it installed goes, what it removed or replaced comes back in its old version.
 * It is refused where something that came later would have to go as well.
 */
export function undoApt(lockTimeout: number, lift: boolean): Script {
  const more = lift ? ['--allow-change-held-packages', '--ignore-hold'] : [];
  return lines([
    aptGet(lockTimeout),
    findKept,
    sh`[ -f ${noted('before')} ] || exit 0`,
    sh`[ -s ${noted('after')} ] || ${list} >${noted('after')} || exit 1`,
    sayDifference,
    sh`set -- ; gone=' ' back=`,
    sh`for l in $added; do case "$removed" in *"$nl\${l%%=*}="*) ;; *) set -- "$@" "\${l%%=*}-"; n=\${l%%=*} gone="$gone\${n%%:*} ";; esac; done`,
    sh`( set -- $gone; ${refuseRunning} ) || exit 1`,
    sh`a=$(/usr/bin/dpkg --print-architecture)`,
    // A file is named by its path; its architecture is the host's own where dpkg says none.
    sh`for l in $removed; do n=\${l%%=*} v=\${l#*=}; back="$back $n"; case $n in *:*) b=\${n#*:};; *) b=$a;; esac
kept "\${n%%:*}" "$v" "$b"; [ -n "$f" ] || kept "\${n%%:*}" "$v" all; set -- "$@" "\${f:-$l}"; done`,
    sh`[ $# -gt 0 ] || exit 0`,
    sh`set -- --allow-downgrades ${more} -o APT::Install-Recommends=false install -- "$@"`,
    sh`o=$(apt-get -s -q -y -o Dir::Log::Planner= "$@" 2>&1) || { printf '%s\\n' "$o" >&2; exit 1; }`,
    sh`more=; IFS=$nl`,
    sh`for r in $o; do case $r in 'Remv '*|'Purg '*) r=\${r#* }; r=\${r%% *}; case $gone in *" \${r%%:*} "*) ;; *) more="$more $r";; esac;; esac; done`,
    sh`unset IFS`,
    sh`[ -z "$more" ] || { echo "what was installed since then would have to go as well:$more: remove that first, or keep all" >&2; exit 1; }`,
    sh`apt_get "$@" || exit 1`,
    sh`for n in $back; do if grep -qFx -e "$n" -e "\${n%%:*}" ${noted('auto')}; then apt-mark auto "$n" >/dev/null || exit 1; fi; done`,
    ...(lift ? [holdAgain, sh`[ ! -f ${noted('held')} ] || hold_again || exit 1`] : []),
  ]);
}

const list = sh`dpkg-query -W -f='\${binary:Package}=\${Version} \${Status}\\n' | sed -n 's/ [a-z]* ok installed$//p'`;

/**
 * Shell functions: `apt_get WORD…` runs apt-get without a question; its output is in `o`, and shown where it fails.
 * apt before 1.9.11 cannot wait for a lock by itself, so it is started again. `apt_knows NAME` says why it does not.
 */
function aptGet(lockTimeout: number): Script {
  return lines([
    sh`LC_ALL=C DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical DEBCONF_NONINTERACTIVE_SEEN=true`,
    sh`APT_LISTCHANGES_FRONTEND=none APT_LISTBUGS_FRONTEND=none NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 UCF_FORCE_CONFFOLD=1`,
    sh`export LC_ALL DEBIAN_FRONTEND DEBIAN_PRIORITY DEBCONF_NONINTERACTIVE_SEEN`,
    sh`export APT_LISTCHANGES_FRONTEND APT_LISTBUGS_FRONTEND NEEDRESTART_MODE NEEDRESTART_SUSPEND UCF_FORCE_CONFFOLD`,
    sh`lock_end=$(($(date +%s)+${lockTimeout}))`,
    sh`apt_get() {
while :; do
o=$(apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@" </dev/null 2>&1) && return
case $o in
*'Could not get lock'*|*'Unable to lock '*|*'Unable to acquire the dpkg frontend lock'*)
if [ "$(date +%s)" -lt "$lock_end" ]; then sleep 1; continue; fi
echo 'another program held the lock of the package manager for all of lock_timeout (${lockTimeout} s):' >&2
lock_holders /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock >&2;;
*'unauthenticated packages'*) echo 'the repository is not signed by a key that this host knows: bring the key, or say allow_unauthenticated: true' >&2;;
*'Unable to locate package'*|*'has no installation candidate'*)
echo 'no repository of this host knows what is named below; searched were:' >&2
apt-cache policy 2>/dev/null | sed -n 's/^ *[0-9][0-9]* \\(.* Packages\\)$/  \\1/p' >&2;;
esac
printf '%s\\n' "$o" >&2
return 1
done
}`,
    lockHolders,
    sh`apt_knows() {
[ -z "$(apt-cache policy -- "$1" 2>/dev/null)" ] || return 0
echo "no repository of this host knows the package $1; searched were:" >&2
apt-cache policy 2>/dev/null | sed -n 's/^ *[0-9][0-9]* \\(.* Packages\\)$/  \\1/p' >&2
return 1
}`,
  ]);
}
