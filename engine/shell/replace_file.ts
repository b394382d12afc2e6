import { lines, sh, type Script, userScript } from './script.ts';

/** Shell text that writes new content into `$t`, and exits where it cannot. */
export interface Filling {
  readonly fills: Script;
}

/** How a file's content is put into place. */
export interface Replacement<Source = Script> {
  /** Absolute and no symbolic link. */
  readonly path: string;
  /** A word that names the file with the new content. */
  readonly source: Source;
  /** Owner and mode to fall back on where the host's `cp` cannot copy attributes alone; null for a new file. */
  readonly before: { readonly uid: number; readonly gid: number; readonly mode: string } | null;
  /** What is to be other than before: an argument for chown, one for chmod. */
  readonly chown?: string | undefined;
  readonly chmod?: string | undefined;
  /** The user's command that must accept the new file first; `%s` is its path. */
  readonly validate?: string | undefined;
  /** Where the old file is kept for the user. */
  readonly backup?: string | undefined;
  /** There is a symbolic link, which is to go; it may lead to a directory, or to itself. */
  readonly overLink?: boolean | undefined;
}

/**
 * Puts content into place by rename in the same directory, so that nobody ever sees half a file. Owner, mode, ACL,
 * extended attributes and label stay as they were (a new file: mode 0644 unless told, the policy's label).
 * On any failure the old file stands and no temporary file is left.
 */
export function replaceFile(replacement: Replacement<Script | Filling>): Script {
  const { path, source, before } = replacement;
  return lines([
    refusing,
    temporary(path),
    // A new file gets its mode at once where nothing else is said; all others are closed while they are written.
    before || replacement.chown || replacement.chmod ? sh`umask 077` : sh`umask 022`,
    claim(path),
    'fills' in source ? lines([source.fills, sh`flush "$t" || exit 1`]) : copied(source),
    ...(before ? [keepAttributes(path, before, replacement)] : []),
    setAttributes(replacement),
    ...(replacement.validate === undefined ? [] : [validated(replacement.validate, sh`"$t"`)]),
    ...(replacement.backup === undefined || !before ? [] : [keepCopy(path, replacement.backup)]),
    replacement.overLink
      ? // A directory behind it would take the file in; the busybox of before 2020 has no -T.
        sh`mv -fT -- "$t" ${path} 2>/dev/null || { rm -f -- ${path} && mv -f -- "$t" ${path}; } || ${refused(path)}`
      : sh`mv -f -- "$t" ${path} || ${refused(path, droppedCopy(replacement))}`,
    release,
    ...(before ? [] : [relabel(path)]),
  ]);
}

/**
 * Writes content into a file that stays the same inode, for hard links that must stay; not atomic. Where it cannot be written
 * to its end (a full disk) it gets the bytes of `former` again, a saved copy.
 */
export function writeInPlace(replacement: Replacement, former: Script): Script {
  const { path, source } = replacement;
  const putBack = sh`cat ${former} >${path}
${droppedCopy(replacement)}`;
  return lines([
    refusing,
    flush,
    ...(replacement.validate === undefined ? [] : [validated(replacement.validate, source)]),
    ...(replacement.backup === undefined || !replacement.before ? [] : [keepCopy(path, replacement.backup)]),
    // Nothing was written where it could not even be opened.
    sh`true >>${path} || ${refused(path, droppedCopy(replacement))}`,
    sh`{ cat ${source} >${path} && flush ${path}; } || ${refused(path, putBack)}`,
    sh`t=${path}`,
    setAttributes(replacement),
  ]);
}

/** Puts a saved copy back by rename with all its attributes; `fresh` gives it the time of now, for watchers of times. */
export function restoreFile(path: string, copy: Script, options: { readonly fresh?: true } = {}): Script {
  return lines([
    refusing,
    temporary(path),
    sh`umask 077`,
    sh`trap 'rm -rf -- "$t"' EXIT; trap 'exit 143' HUP INT TERM`,
    sh`cp -a -- ${copy} "$t" || ${refused(path)}`,
    ...(options.fresh ? [sh`touch -c -- "$t" || exit 1`] : []),
    sh`if [ -f "$t" ] && [ ! -L "$t" ]; then flush "$t" || exit 1; fi`,
    // A directory or a link to one would take the copy in, and mv refuses a link that leads to what it would replace.
    sh`if [ -L ${path} ] || { [ -L "$t" ] && [ -f ${path} ]; }; then rm -f -- ${path} || ${refused(path)}; elif [ -d ${path} ]; then echo ${`${path} is a directory now`} >&2; exit 1; fi`,
    sh`mv -f -- "$t" ${path} || ${refused(path)}`,
    release,
  ]);
}

/** Puts a saved copy's bytes back into the same inode. */
export function restoreInPlace(path: string, copy: Script): Script {
  return lines([refusing, flush, sh`{ cat ${copy} >${path} && flush ${path}; } || ${refused(path)}`]);
}

/** Changes owner first, since chown clears set-id bits; `link` means a symbolic link itself. */
export function changeAttributes(
  path: string,
  change: {
    readonly chown?: string | undefined;
    readonly chmod?: string | undefined;
    readonly link?: boolean;
  },
): Script {
  return lines([
    refusing,
    ...(change.chown === undefined
      ? []
      : [
          change.link
            ? sh`chown -h -- ${change.chown} ${path} || ${refused(path)}`
            : sh`chown -- ${change.chown} ${path} || ${refused(path)}`,
        ]),
    ...(change.chmod === undefined ? [] : [sh`chmod -- ${change.chmod} ${path} || ${refused(path)}`]),
  ]);
}

/**
 * Shell text of a function that says why a path could not be changed, where that is not plain: it or its folder has the attribute
 * that keeps everybody from it, root too (chattr(1): `i` immutable, `a` append only), or it is a mount point. A busybox without
 * lsattr cannot tell for sure. Needed once before `refused`.
 */
export const refusing: Script = sh`refused() {
if [ -f "$1" ] && [ -r /proc/self/mountinfo ]; then while read -r m m m m m f; do [ "$m" != "$1" ] || { printf '%s is a mount point, so that no other file can take its place: a file module writes into it with links: keep\n' "$1" >&2; return; }; done </proc/self/mountinfo; fi
if ! command -v lsattr >/dev/null; then
[ ! -f "$1" ] || [ -L "$1" ] || (true >>"$1") 2>/dev/null || printf '%s cannot be written to: it may be immutable (lsattr -d shows i, chattr -i takes it away; both are of e2fsprogs), or its file system is read-only\n' "$1" >&2
return
fi
f=\${1%/*}
for f in "$1" "\${f:-/}"; do
l=$(lsattr -d -- "$f" 2>/dev/null)
case \${l%% *} in *i*) l=i w='is immutable';; *a*) l=a w='may only be appended to';; *) continue;; esac
printf '%s %s (lsattr -d shows %s), so that not even root may change it: if that is not meant, chattr -%s takes it away\n' "$f" "$w" "$l" "$l" >&2
return
done
}`;

/** Ends a script that could not change a path, after `first`. */
export function refused(path: string, first: Script = sh`:`): Script {
  return sh`{
${first}
refused ${path}
exit 1
}`;
}

/** Puts a free name beside a path into `t`; it ends in no suffix that a watcher of the directory would take. */
export function temporary(path: string): Script {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  // A file name may have 255 bytes.
  const shown = Buffer.byteLength(name) > 200 ? '' : `.${name}`;
  return lines([
    sh`t=${`${path.slice(0, slash + 1)}${shown}.fettle-`}$$`,
    sh`while [ -e "$t" ] || [ -L "$t" ]; do t=$t-; done`,
    flush,
  ]);
}

/** The label that the policy has for a new path, where there is a policy. */
export function relabel(path: string): Script {
  return sh`if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then restorecon -- ${path} || exit 1; fi`;
}

function copied(source: Script): Script {
  return sh`{ dd if=${source} of="$t" bs=65536 conv=fsync status=none 2>/dev/null || { cat ${source} >"$t" && flush "$t"; }; } || exit 1`;
}

// Without O_EXCL somebody else could have made the file first, in a directory that all may write.
function claim(path: string): Script {
  return sh`set -C; true >"$t" || ${refused(path)}; set +C
trap 'rm -f -- "$t"' EXIT; trap 'exit 143' HUP INT TERM`;
}

const release = sh`trap - EXIT HUP INT TERM`;

// An old busybox takes no file and coreutils 8.22 ignores it: both then flush everything.
const flush = sh`flush() { sync "$1" 2>/dev/null || sync; }`;

// `cp -a` says nothing where it may not keep the owner.
function keepAttributes(
  path: string,
  before: { readonly uid: number; readonly gid: number; readonly mode: string },
  { chown }: Replacement<unknown>,
): Script {
  const owner = `${before.uid}:${before.gid}`;
  return lines([
    sh`{ cp -a --attributes-only --no-preserve=timestamps -- ${path} "$t" 2>/dev/null || { chown -- ${owner} "$t" && chmod ${`0${before.mode}`} "$t"; }; } || exit 1`,
    ...(chown === undefined ? [ownerKept(path)] : []),
  ]);
}

function ownerKept(path: string): Script {
  const message = `${path} belongs to somebody else, and its owner could not be kept: become root or its owner`;
  return sh`if { [ -O "$t" ] && [ ! -O ${path} ]; } || { [ -G "$t" ] && [ ! -G ${path} ]; }; then echo ${message} >&2; exit 1; fi`;
}

function setAttributes({ chown, chmod }: Replacement<unknown>): Script {
  return lines([
    ...(chown === undefined ? [] : [sh`chown -- ${chown} "$t" || exit 1`]),
    ...(chmod === undefined ? [] : [sh`chmod ${chmod} "$t" || exit 1`]),
  ]);
}

function validated(command: string, file: Script): Script {
  const text = command.split('%s').map(userScript);
  const parts = text.flatMap((part, index) => (index === 0 ? [part] : [file, part]));
  const joined = parts.reduce((all, part) => sh`${all}${part}`);
  return sh`( ${joined}
) </dev/null >&2 || { echo ${`refused by: ${command}`} >&2; exit 1; }`;
}

function keepCopy(path: string, backup: string): Script {
  return sh`kept=; [ -e ${backup} ] || { cp -a -- ${path} ${backup} && kept=${backup}; } || exit 1`;
}

/** A copy that was kept for a change that could not be made goes again. */
function droppedCopy({ before, backup }: Replacement<unknown>): Script {
  return backup === undefined || !before ? sh`:` : sh`[ -z "$kept" ] || rm -f -- "$kept"`;
}
