import type { Fact } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import {
  type DpkgRow,
  dpkgFunctions,
  isLocked,
  type PackageRow,
  parseDpkgRows,
  parseRpmRows,
  rpmFunctions,
  rpmLocks,
} from './package_rows.ts';
import {
  detectPackageTools,
  isPackageName,
  type PackagePrograms,
  type PackageTool,
  parsePackageTools,
  programOf,
} from './package_tool.ts';

/** A package as the user names it, and who is asked for it. */
export interface PackageSubject {
  readonly name: string;
  readonly tool: PackageTool;
}

/** How a package stands on a host. */
export interface PackageAnswer {
  /** What looks after packages there; null where what was asked for is not there. */
  readonly program: 'apt' | 'dnf' | 'yum' | null;
  /** The packages of that name: several architectures, or several kernels. */
  readonly installed: readonly PackageRow[];
  /** Installed packages of other names that provide it. */
  readonly providers: readonly PackageRow[];
  /** dpkg's hold, or an entry of dnf's or yum's versionlock. */
  readonly held: boolean;
  /** The list of dnf's or yum's versionlock, where that plugin is there. */
  readonly lockList?: string;
  /** dnf is dnf 5, which has other locks and no `shell`. */
  readonly isDnf5?: true;
  /** Removed, but for its configuration (dpkg). */
  readonly leftover: boolean;
  /** Half installed or not configured (dpkg). */
  readonly broken: string | null;
}

/** Which packages are installed: one `dpkg-query` or one `rpm` for all names. */
export const packageFact: Fact<PackageSubject, PackageAnswer> = {
  name: 'package',
  id: ({ tool, name }) => `${tool} ${name}`,
  about: ({ name }) => [packageKey(name)],
  ask: askPackages,
  parse: parsePackages,
  lasting: ({ installed, providers, held }) => ({ installed, providers, held }),
};

/** The key of a package, whoever is asked; without the architecture that a name may end in. */
export function packageKey(name: string): `package:${string}` {
  return `package:${rpmName(name).name.replace(/:.*$/, '')}`;
}

/** Version and epoch as packagers write them: "1:2.3-4". */
export function fullVersion({ epoch, version }: Pick<PackageRow, 'epoch' | 'version'>): string {
  return epoch === '0' ? version : `${epoch}:${version}`;
}

/** A name that rpm is asked by, and the architecture that it ended in: rpm's provides know none. */
export function rpmName(name: string): { readonly name: string; readonly arch?: string } {
  const [, base, arch] =
    /^([^/(]+)\.(noarch|x86_64|i[3-6]86|aarch64|armv7hl|ppc64le|s390x|loongarch64|riscv64|mips64el|sw_64)$/.exec(
      name,
    ) ?? [];
  return base !== undefined && arch !== undefined ? { name: base, arch } : { name };
}

function namesFor(
  program: 'apt' | 'dnf' | 'yum' | null,
  programs: PackagePrograms,
  subjects: readonly PackageSubject[],
): readonly string[] {
  const names = subjects.flatMap(({ name, tool }) =>
    isPackageName(name) && programOf(tool, programs) === program ? [name] : [],
  );
  return [...new Set(names.map((name) => (program === 'apt' ? name : rpmName(name).name)))];
}

// Who answers for `host` is known only there: so the names of each case are told apart here.
const imagined = {
  apt: { apt: 'apt', dnf: null, host: 'apt' },
  aptOnly: { apt: 'apt', dnf: 'dnf', host: 'dnf' },
  dnf: { apt: null, dnf: 'dnf', host: 'dnf' },
  dnfOnly: { apt: 'apt', dnf: 'dnf', host: 'apt' },
} as const;

function askPackages(subjects: readonly PackageSubject[]): Script {
  const rows = (names: readonly string[], how: Script): Script =>
    names.length > 0 ? sh`${how} ${names}` : sh`:`;
  const dpkg = (programs: PackagePrograms) => rows(namesFor('apt', programs, subjects), sh`dpkg_rows`);
  const rpm = (programs: PackagePrograms) => rows(namesFor('dnf', programs, subjects), sh`rpm_rows`);
  return lines([
    sh`set -f; rows= told=`,
    detectPackageTools,
    dpkgFunctions,
    rpmFunctions,
    sh`printf '%s\\n' "$apt|$dnf|$host"`,
    sh`if [ -n "$apt" ]; then case $host in apt)`,
    dpkg(imagined.apt),
    sh`;; *)`,
    dpkg(imagined.aptOnly),
    sh`;; esac; fi`,
    sh`printf '%s\\n=\\n' "$rows"`,
    sh`if [ -n "$dnf" ]; then`,
    rpmLocks,
    sh`case $host in apt)`,
    rpm(imagined.dnfOnly),
    sh`;; *)`,
    rpm(imagined.dnf),
    sh`;; esac; fi`,
    sh`printf '%s\\n' "$told"`,
  ]);
}

function parsePackages(output: Buffer, subjects: readonly PackageSubject[]): readonly PackageAnswer[] {
  const [first = '', ...rest] = output.toString('utf8').split('\n');
  const programs = parsePackageTools(first);
  const border = rest.indexOf('=');
  if (border < 0) throw new Error('what dpkg and rpm say was not told');
  const dpkg = parseDpkgRows(rest.slice(0, border));
  const told = rest.slice(border + 1);
  const program = programs.dnf;
  const asked = program === null ? [] : namesFor(program, programs, subjects);
  const groups = asked.length === 0 ? [] : parseRpmRows(told, asked.length);
  const rpm = new Map(asked.map((name, index) => [name, groups[index] ?? []]));
  return subjects.map(({ name, tool }): PackageAnswer => {
    const by = programOf(tool, programs);
    if (by === 'apt') return dpkgAnswer(name, dpkg);
    const { name: base, arch } = rpmName(name);
    const rows = (rpm.get(base) ?? []).filter((row) => arch === undefined || row.arch === arch);
    const installed = rows.filter((row) => row.name === base);
    const providers = installed.length > 0 ? [] : rows;
    const lockList = told.find((line) => line.startsWith('locklist|'))?.slice('locklist|'.length);
    return {
      ...nothing,
      program: by,
      installed,
      providers,
      held: by !== null && isLocked(base, told, installed),
      ...(by === null || lockList === undefined ? {} : { lockList }),
      ...(by === 'dnf' && told.includes('dnf5|') ? { isDnf5: true } : {}),
    };
  });
}

const nothing: PackageAnswer = {
  program: null,
  installed: [],
  providers: [],
  held: false,
  leftover: false,
  broken: null,
};

function dpkgAnswer(name: string, rows: readonly DpkgRow[]): PackageAnswer {
  const [base = name, arch] = name.split(':');
  const own = rows.filter(
    (row) => row.name === base && (arch === undefined || row.arch === arch || row.arch === 'all'),
  );
  const installed = own.filter(({ status }) => / (installed|triggers-\w+)$/.test(status));
  const broken = own.find(({ status }) => !/ (installed|triggers-\w+|config-files)$/.test(status));
  const providers = rows.filter(
    (row) => row.name !== base && row.status.endsWith(' installed') && row.provides.includes(base),
  );
  return {
    program: 'apt',
    installed: installed.map(bare),
    providers: installed.length > 0 ? [] : providers.map(bare),
    held: own.some(({ status }) => status.startsWith('hold ')),
    leftover: own.some(({ status }) => status.endsWith(' config-files')),
    broken: broken?.status.split(' ').at(-1) ?? null,
  };
}

function bare({ name, arch, epoch, version }: DpkgRow): PackageRow {
  return { name, arch, epoch, version };
}
