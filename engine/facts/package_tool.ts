import { sh } from '../shell/script.ts';

/** Who is asked about packages: apt with dpkg, dnf or yum with rpm, or whichever of them looks after the host. */
export type PackageTool = 'apt' | 'dnf' | 'host';

/** The programs of a host: for apt, for rpm's side (dnf before yum), and the one that looks after it. */
export interface PackagePrograms {
  readonly apt: 'apt' | null;
  readonly dnf: 'dnf' | 'yum' | null;
  readonly host: 'apt' | 'dnf' | 'yum' | null;
}

/**
 * Shell text of built-ins that sets `apt`, `dnf` and `host`. A Debian host may have dnf installed as well; there
 * Debian's own file decides.
 */
export const detectPackageTools = sh`apt= dnf= host=
if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then apt=apt; fi
if [ -x /usr/bin/rpm ]; then
for c in dnf yum; do if command -v $c >/dev/null 2>&1; then dnf=$c; break; fi; done
fi
if [ -n "$apt" ] && [ -n "$dnf" ]; then
if [ -e /etc/debian_version ]; then host=$apt; else host=$dnf; fi
else host=$apt$dnf
fi`;

/** Reads the line that `printf '%s\n' "$apt|$dnf|$host"` gives. */
export function parsePackageTools(line: string): PackagePrograms {
  const [apt, dnf, host] = line.split('|').map((word) => (word === '' ? null : word));
  if (host === undefined) throw new Error('the package manager of the host was not told');
  return { apt, dnf, host } as PackagePrograms;
}

/** The program that a tool means on a host, or null where it is not there. */
export function programOf(tool: PackageTool, programs: PackagePrograms): 'apt' | 'dnf' | 'yum' | null {
  return programs[tool];
}

/**
 * Whether a text can be what packages are asked for by: a name as dpkg and rpm have them, with an architecture
 * (`libc6:i386`, `glibc.i686`), and for rpm a path or `perl(Name)`. No pattern, no option, no version, no file to install.
 */
export function isPackageName(text: string): boolean {
  return new RegExp(packageNamePattern).test(text);
}

/** The pattern behind `isPackageName`; apt would take a `-` at the end as "remove it". */
export const packageNamePattern =
  '^(?!.*\\.(rpm|deb)$)(?:[A-Za-z0-9](?:[A-Za-z0-9+._-]*[A-Za-z0-9+_])?(?::[a-z0-9-]*[a-z0-9])?|/[A-Za-z0-9+._/-]+|[A-Za-z0-9+._-]+\\([A-Za-z0-9+._:-]+\\))$';
