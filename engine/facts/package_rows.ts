import { globTest } from '../contract/glob.ts';
import { lines, sh, type Script } from '../shell/script.ts';

/*
 * What dpkg and rpm say of packages, one line each, gathered by one call for all names. The lines are kept in shell
 * variables, so that a script can also decide by them: `rows` for dpkg, `told` for rpm.
 */

/** One entry of the package database. */
export interface PackageRow {
  readonly name: string;
  readonly arch: string;
  /** "0" where there is none. */
  readonly epoch: string;
  /** Version and revision or release, without the epoch. */
  readonly version: string;
}

/** What dpkg says of one package: `status` as "install ok installed". */
export interface DpkgRow extends PackageRow {
  readonly status: string;
  readonly provides: readonly string[];
}

/**
 * Shell functions: `dpkg_rows NAME…` sets `rows`; `dpkg_has NAME` tells whether it, or what provides it, is installed;
 * `dpkg_is STATUS NAME` whether its own row ends in that status. The packages that provide a name are looked for only
 * where the name itself is not installed.
 */
export const dpkgFunctions = sh`nl='
'
dpkg_ask() { dpkg-query -W -f='|\${Package}|\${Architecture}|\${Version}|\${Status}|, \${Provides},\\n' "$@" 2>/dev/null; }
dpkg_is() {
s=$1; case $2 in *:*) n="\${2%%:*}|\${2#*:}";; *) n=$2;; esac
IFS=$nl; for r in $rows; do case $r in "|$n|"*" ok $s|"*) unset IFS; return 0;; esac; done
unset IFS; return 1
}
dpkg_has() {
dpkg_is installed "$1" && return
IFS=$nl; for r in $rows; do case $r in *" ok installed|"*", $1,"*|*" ok installed|"*", $1 ("*) unset IFS; return 0;; esac; done
unset IFS; return 1
}
dpkg_rows() {
rows=$(dpkg_ask "$@"); e=
for n in "$@"; do dpkg_is installed "$n" || { e="\${e:+$e|}$n"; }; done
if [ -n "$e" ]; then
e=$(printf '%s\\n' "$e" | sed 's/[.+()]/[&]/g')
rows="$rows$nl$(dpkg_ask | grep -E "[|][^|]* ok installed[|].*, ($e)(,| [(])")"
fi
}`;

/** The rows of dpkg among lines. */
export function parseDpkgRows(told: readonly string[]): readonly DpkgRow[] {
  return told.flatMap((line) => {
    const [, name = '', arch = '', full = '', status = '', provides] = line.split('|');
    if (provides === undefined || /not-installed$/.test(status)) return [];
    const [, epoch = '0', version = ''] = /^(?:(\d+):)?(.*)$/.exec(full) ?? [];
    const names = provides.split(',').map((one) => one.replace(/\(.*/, '').trim());
    return [{ name, arch, epoch, version, status, provides: names.filter(Boolean) }];
  });
}

/** What stands between the answers of rpm: no package has such a name. */
const separator = 'fettle:';

/**
 * Shell functions: `rpm_rows NAME…` sets `told`; `rpm_has NAME` tells whether it, or what provides it, is installed;
 * `rpm_is NAME` whether a package of that name is. All names go into one call, with a name between them that cannot be.
 */
export const rpmFunctions = sh`nl='
'
rpm_rows() {
set -- $(for n in "$@"; do printf '%s ${separator} ' "$n"; done)
told=$(/usr/bin/rpm -q --qf '|%{NAME}|%{ARCH}|%{EPOCHNUM}|%{VERSION}-%{RELEASE}\\n' --whatprovides "$@" 2>&1)
}
rpm_is() { case "$nl$told" in *"$nl|$1|"*) return 0;; esac; return 1; }
rpm_has() {
case $1 in
/*) case "$nl$told$nl" in *"\${nl}file $1 is not owned"*|*" file $1: No such file"*|*" $1: No such file"*) return 1;; esac;;
*) case "$nl$told$nl" in *"\${nl}no package provides $1$nl"*) return 1;; esac;;
esac
}`;

/** The rows that rpm gave for each of the names, in their order. */
export function parseRpmRows(told: readonly string[], count: number): readonly (readonly PackageRow[])[] {
  const groups: PackageRow[][] = [[]];
  for (const line of told) {
    if (line === `no package provides ${separator}`) groups.push([]);
    const [start, name = '', arch = '', epoch = '0', version] = line.split('|');
    if (start === '' && version !== undefined) groups.at(-1)?.push({ name, arch, epoch, version });
  }
  if (groups.length !== count + 1)
    throw new Error(
      `rpm answered ${groups.length - 1} of ${count} questions: ${told.join(' ').slice(0, 300)}`,
    );
  return groups.slice(0, count);
}

/** Prints what holds versions of rpm packages fast, a line each with `lock|` before it, where they are listed, and whether dnf is dnf 5; built-ins only. */
export const rpmLocks: Script = lines([
  sh`for f in /etc/dnf/plugins/versionlock.list /etc/yum/pluginconf.d/versionlock.list; do`,
  sh`[ -r "$f" ] && while IFS= read -r l || [ -n "$l" ]; do printf 'lock|%s\\n' "$l"; done <"$f"`,
  sh`done`,
  sh`[ ! /usr/bin/dnf -ef /usr/bin/dnf5 ] || echo 'dnf5|'`,
  sh`for f in /etc/dnf/plugins /etc/yum/pluginconf.d; do`,
  sh`if [ -e "$f/versionlock.conf" ]; then printf 'locklist|%s\\n' "$f/versionlock.list"; break; fi`,
  sh`done`,
]);

/**
 * Whether one of the locks holds a package: "bash-0:5.1-6.el9.*" of dnf, "0:bash-4.2-34.el7.*" of yum, whatever version is
 * there; or a pattern of the user's own ("bash-5.1*") that what is installed fits.
 */
export function isLocked(name: string, told: readonly string[], installed: readonly PackageRow[]): boolean {
  const forms = installed.flatMap(lockForms);
  return told.some((line) => {
    const [, pattern] = /^lock\|([^!#].*)$/.exec(line.trim()) ?? [];
    if (pattern === undefined) return false;
    const entry = /^(?:\d+:)?(.+?)-(?:\d+:)?[^-]+-[^-]+$/.exec(pattern);
    return entry?.[1] === name || forms.some((form) => globTest(pattern).test(form));
  });
}

/** What patterns of locks are held against: with and without epoch, architecture and release. */
function lockForms({ name, arch, epoch, version }: PackageRow): readonly string[] {
  const short = version.replace(/-[^-]*$/, '');
  const whole = [`${name}-${version}`, `${name}-${epoch}:${version}`, `${epoch}:${name}-${version}`];
  return [
    name,
    `${name}-${short}`,
    `${name}-${epoch}:${short}`,
    ...whole,
    ...whole.map((one) => `${one}.${arch}`),
  ];
}
