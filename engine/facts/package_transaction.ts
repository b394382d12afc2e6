import type { Fact } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { packageKey, rpmName } from './package.ts';
import { aptChoice, choose, rpmChoice } from './package_choose.ts';
import { dpkgFunctions, rpmFunctions } from './package_rows.ts';
import { aptSimulation, readAptSimulation } from './package_simulate_apt.ts';
import { dnfSimulation, readDnfSimulation } from './package_simulate_dnf.ts';
import type { Bound } from './package_spec.ts';
import { detectPackageTools, isPackageName, type PackageTool } from './package_tool.ts';

/** What is to be installed or removed, and how. */
export interface TransactionSubject {
  readonly tool: PackageTool;
  readonly verb: 'install' | 'remove';
  readonly names: readonly string[];
  /** With the configuration (dpkg). */
  readonly purge?: boolean;
  /** Also what nothing needs any more. */
  readonly autoremove?: boolean;
  /** Recommended packages too; the host's own setting where it is not said. */
  readonly recommends?: boolean;
  /** Limits to the versions, by name. */
  readonly limits?: Readonly<Record<string, readonly Bound[]>>;
  /** The newest within them. */
  readonly latest?: boolean;
  /** Holds do not count. */
  readonly lift?: boolean;
  /** An older version may replace a newer one. */
  readonly downgrade?: boolean;
}

/** One package of a transaction; null where it is not installed before or afterwards. */
export interface TransactionStep {
  readonly name: string;
  readonly arch: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What there is of a package: all versions that the repositories offer, and the one that apt would take by itself. */
export interface Offer {
  readonly versions: readonly string[];
  readonly candidate: string | null;
}

/** A package file that can be had although no repository has it: its path in a cache, or `rebuilt` from what is installed. */
export interface KeptFile {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  readonly from: string | 'rebuilt';
}

/**
 * `none`: all is as wanted. `known`: what the package manager would do; `lost` are versions that no repository has
 * any more, and that cannot be kept. `refused`: it would not do it. `unknown`: it could not tell. `offers` are there
 * where versions were asked for, by name.
 */
export type TransactionAnswer = { readonly offers?: Readonly<Record<string, Offer>> } & (
  | { readonly kind: 'none' }
  | {
      readonly kind: 'known';
      readonly steps: readonly TransactionStep[];
      readonly lost: readonly string[];
      /** Files that must be kept for the way back. */
      readonly keeps?: readonly KeptFile[];
      /** What `uname -r` says. */
      readonly running?: string;
      /** The real packages that were taken for virtual ones, by the name asked for. */
      readonly selected: Readonly<Record<string, string>>;
      /** Packages to be removed that have a script for being purged (dpkg). */
      readonly scripted: readonly string[];
      /** The configuration files that a purge would remove. */
      readonly configuration: readonly string[];
    }
  | { readonly kind: 'refused'; readonly unknown: readonly string[]; readonly said: string }
  | { readonly kind: 'unknown'; readonly why: string }
);

/** A transaction whose steps the package manager has told. */
export type KnownTransaction = Extract<TransactionAnswer, { kind: 'known' }>;

/**
 * What installing or removing would come to, by the package manager's own simulation: asked only where something
 * is missing, so that a host where all is well costs one `dpkg-query` or `rpm` for all tasks together.
 */
export const packageTransaction: Fact<TransactionSubject, TransactionAnswer> = {
  name: 'package_transaction',
  id: (subject) => JSON.stringify(subject),
  about: ({ names }) => names.map(packageKey),
  ask: askTransactions,
  parse: parseTransactions,
  // How a package stands is told by its own fact.
  lasting: () => null,
  chunk: 100,
};

function askTransactions(subjects: readonly TransactionSubject[]): Script {
  const names = [...new Set(subjects.flatMap((subject) => subject.names))].filter(isPackageName);
  const bases = [...new Set(names.map((name) => rpmName(name).name))];
  return lines([
    sh`set -f; rows= told=`,
    detectPackageTools,
    dpkgFunctions,
    rpmFunctions,
    aptSimulation,
    dnfSimulation,
    ...(subjects.some((subject) => limitedNames(subject).length > 0) ? [aptChoice, rpmChoice] : []),
    // Both may be asked on one host, by tasks of either kind.
    sh`[ -z "$apt" ] || dpkg_rows ${names}`,
    sh`[ -z "$dnf" ] || rpm_rows ${bases}`,
    ...subjects.map(askOne),
  ]);
}

const programVariable = { apt: sh`p=$apt`, dnf: sh`p=$dnf`, host: sh`p=$host` } as const;

function askOne(subject: TransactionSubject): Script {
  return lines([
    sh`${programVariable[subject.tool]}; ${needOf(subject)}`,
    sh`case $p in apt) [ -z "$need" ] || apt_simulate ${aptWords(subject)};;`,
    sh`dnf|yum) if [ -z "$need" ]; then :; elif [ "$down" ]; then dnf_simulate ${dnfWords(subject, 'downgrade')}; else dnf_simulate ${dnfWords(subject)}; fi;;`,
    sh`esac`,
    sh`[ -n "$need" ] || echo '= none'`,
    sh`[ -z "$offers" ] || printf '%s\\n' "$offers"`,
  ]);
}

/** Sets `need` to what must be asked for (with the chosen version), `offers` to what there is, by the program in `p`. */
export function needOf(subject: TransactionSubject): Script {
  const names = subject.names.filter(isPackageName);
  const limited = limitedNames(subject);
  const one = (family: 'apt' | 'rpm', name: string): Script => {
    const bounds = subject.limits?.[name] ?? [];
    const how = subject.verb === 'remove' ? 'gone' : subject.latest === true ? 'latest' : 'any';
    if (limited.includes(name)) return choose(family, { name, bounds, how, lift: subject.lift === true });
    const condition = family === 'apt' ? dpkgCondition(subject, name) : rpmCondition(subject, name);
    return sh`if ${condition}; then need="$need "${name}; fi`;
  };
  return lines([
    sh`need= offers= policy= listed= down= limited=`,
    ...limited.map((name) => sh`limited="$limited "${name}`),
    sh`case $p in apt)`,
    ...names.map((name) => one('apt', name)),
    sh`;; dnf|yum)`,
    ...names.map((name) => one('rpm', name)),
    sh`;; esac`,
  ]);
}

function limitedNames({ names, verb, latest, limits }: TransactionSubject): readonly string[] {
  return names
    .filter(isPackageName)
    .filter((name) => (limits?.[name] ?? []).length > 0 || (verb === 'install' && latest === true));
}

function dpkgCondition({ verb, purge }: TransactionSubject, name: string): Script {
  if (verb === 'install') return sh`! dpkg_has ${name}`;
  return purge
    ? sh`{ dpkg_is installed ${name} || dpkg_is config-files ${name}; }`
    : sh`dpkg_is installed ${name}`;
}

function rpmCondition({ verb }: TransactionSubject, name: string): Script {
  const { name: base, arch } = rpmName(name);
  if (verb === 'install')
    return arch === undefined ? sh`! rpm_has ${name}` : sh`! rpm_is ${`${base}|${arch}`}`;
  return arch === undefined ? sh`rpm_is ${name}` : sh`rpm_is ${`${base}|${arch}`}`;
}

/** The words of apt-get for a transaction, without its packages. */
export function aptWords(subject: TransactionSubject): readonly string[] {
  const { verb, purge, autoremove, recommends, lift, downgrade } = subject;
  return [
    ...(recommends === undefined ? [] : ['-o', `APT::Install-Recommends=${recommends}`]),
    ...(autoremove ? ['--auto-remove'] : []),
    // The first for what is named, the second for what comes along.
    ...(lift ? ['--allow-change-held-packages', '--ignore-hold'] : []),
    ...(downgrade ? ['--allow-downgrades'] : []),
    verb === 'remove' && purge ? 'purge' : verb,
  ];
}

/** The words of dnf and yum for a transaction, without its packages. */
export function dnfWords(
  { verb, autoremove, recommends, lift }: TransactionSubject,
  word: string = verb,
): readonly string[] {
  return [
    ...(lift ? ['--disableplugin=versionlock'] : []),
    ...(recommends === undefined ? [] : [`--setopt=install_weak_deps=${recommends}`]),
    `--setopt=clean_requirements_on_remove=${autoremove === true}`,
    word,
  ];
}

function parseTransactions(
  output: Buffer,
  subjects: readonly TransactionSubject[],
): readonly TransactionAnswer[] {
  const blocks: string[][] = [];
  for (const line of output.toString('utf8').split('\n')) {
    if (line.startsWith('=')) blocks.push([line]);
    else if (line !== '') blocks.at(-1)?.push(line);
  }
  if (blocks.length !== subjects.length) throw new Error('the simulations of packages were not all told');
  return blocks.map(([first = '', ...rest], index) => {
    const [, program, status] = first.split(' ');
    const { verb } = subjects[index] as TransactionSubject;
    const told = (mark: string) => rest.flatMap((line) => (line.startsWith(mark) ? [line.slice(1)] : []));
    const offers = readOffers(told('*'), told('^'));
    const more = Object.keys(offers).length > 0 ? { offers } : {};
    if (program === 'none') return { kind: 'none', ...more };
    const simulation = {
      status: Number(status),
      said: told(':'),
      beside: told('+'),
      notes: told('~'),
      verb,
    };
    const answer = program === 'apt' ? readAptSimulation(simulation) : readDnfSimulation(simulation);
    return { ...answer, ...more };
  });
}

function readOffers(offered: readonly string[], candidates: readonly string[]): Record<string, Offer> {
  const offers: Record<string, Offer> = {};
  for (const [line, isCandidate] of [
    ...offered.map((one) => [one, false] as const),
    ...candidates.map((one) => [one, true] as const),
  ]) {
    const [version = '', name = ''] = line.replace(/^0:/, '').split(' ');
    const { versions, candidate } = offers[name] ?? { versions: [], candidate: null };
    offers[name] = isCandidate
      ? { versions, candidate: version }
      : { versions: versions.includes(version) ? versions : [...versions, version], candidate };
  }
  return offers;
}

/** What a simulation printed, and what was asked about it. */
export interface Simulation {
  readonly verb: 'install' | 'remove';
  readonly status: number;
  readonly said: readonly string[];
  readonly beside: readonly string[];
  readonly notes: readonly string[];
}
