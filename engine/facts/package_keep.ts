import { noted } from '../contract/change.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import type { KeptFile } from './package_transaction.ts';

/*
 * Package files for the way back, where no repository has the old version any more: copied from the package manager's
 * cache, or built again from what is installed.
 */

/** Puts the files into the change's folder before anything is changed; exits where one cannot be had. */
export function keepFiles(keeps: readonly KeptFile[]): Script {
  if (keeps.length === 0) return sh`:`;
  return lines([
    sh`mkdir -p ${noted('kept')} || exit 1`,
    ...(keeps.some(({ from }) => from === 'rebuilt') ? [rebuild] : []),
    ...keeps.map(({ name, arch, version, from }) => {
      const file = keptFile(name, arch, version, from === 'rebuilt' || from.endsWith('.deb') ? 'deb' : 'rpm');
      return from === 'rebuilt'
        ? sh`rebuild ${name} ${file} || { echo 'the package file of '${name}' could not be built again' >&2; exit 1; }`
        : sh`cp -- ${from} ${file} || exit 1`;
    }),
    sh`sync`,
  ]);
}

/** The path of a kept file; without its epoch, as an undo has it. */
function keptFile(name: string, arch: string, version: string, kind: 'deb' | 'rpm'): Script {
  return noted(`kept/${name}=${version.replace(/^\d+:/, '')}.${arch}.${kind}`);
}

/**
 * A shell function for undo: `kept NAME VERSION ARCH` sets `f` to the kept file, or to nothing. What is not there was
 * in a repository when the change was planned.
 */
export const findKept = sh`kept() {
for f in ${noted('kept')}/"$1=\${2#*:}.$3".deb ${noted('kept')}/"$1=\${2#*:}.$3".rpm; do [ ! -f "$f" ] || return 0; done
f=
}`;

/**
 * Builds a Debian package from what is installed, as dpkg-repack does: only where `dpkg --verify` found every file as
 * it was delivered, configuration included, so that the file is as good as the lost one.
 */
const rebuild = sh`rebuild() { (
d=$2.d; i=/var/lib/dpkg/info; umask 022
mkdir -p "$d/DEBIAN" || exit 1
dpkg-query -s "$1" | awk '/^[^ ]/ { skip = 0 } /^(Status|Conffiles|Config-Version):/ { skip = 1 } !skip' >"$d/DEBIAN/control" || exit 1
a=$(dpkg-query -W -f='\${Architecture}' "$1")
for k in preinst postinst prerm postrm config templates triggers shlibs symbols conffiles md5sums; do
for s in "$i/$1.$k" "$i/$1:$a.$k"; do
if [ -f "$s" ]; then cp -p "$s" "$d/DEBIAN/$k" || exit 1; fi
done
done
dpkg-query -L "$1" | sed 's|^/||; /^[.]$/d; /^$/d' >"$2.list"
# Where /lib is a link to /usr/lib, the package has a folder of that name.
while IFS= read -r l; do
if [ -L "/$l" ] && grep -qF "$l/" "$2.list"; then mkdir -p "$d/$l" || exit 1; else printf '%s\\n' "$l"; fi
done <"$2.list" >"$2.files"
tar -C / -cf - --no-recursion -T "$2.files" | tar -C "$d" -xpf - || exit 1
dpkg-deb -b "$d" "$2" >/dev/null || exit 1
rm -rf -- "$d" "$2.list" "$2.files"
) }`;
