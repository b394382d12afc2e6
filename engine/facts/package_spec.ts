import { compareDpkgVersions, parseDpkgVersion } from '../contract/dpkg_version.ts';
import { globTest } from '../contract/glob.ts';
import { compareRpmVersions, parseRpmVersion, rpmvercmp } from '../contract/rpm_version.ts';
import { packageNamePattern } from './package_tool.ts';

export type BoundSign = '=' | '!=' | '>=' | '<=' | '>' | '<';

/** A limit to the versions that are wanted. With `=`, a `*` stands for any text. */
export interface Bound {
  readonly sign: BoundSign;
  readonly version: string;
}

/** A package as the user asks for it: `containerd.io>=1.7.3,<2`. */
export interface PackageSpec {
  /** As it was written. */
  readonly text: string;
  readonly name: string;
  readonly bounds: readonly Bound[];
}

const bound = '(?:[<>!=]=|[<>=])\\s*[A-Za-z0-9][A-Za-z0-9.+~^:_*-]*';

/** What a package may be asked for by: its name, and limits to its version. */
export const packageSpecPattern = `${packageNamePattern.slice(0, -1)}(?:\\s*${bound}(?:\\s*,\\s*${bound})*)?$`;

/** Reads one entry of `name`. With `dashed`, `name-version` and `name-version-release` are understood as dnf does. */
export function parsePackageSpec(text: string, { dashed }: { readonly dashed: boolean }): PackageSpec {
  const start = /\s*(?:[<>!=]=|[<>=])/.exec(text)?.index ?? text.length;
  const name = text.slice(0, start);
  const bounds = text.slice(start).split(',').flatMap(readBound);
  const whole = dashed && bounds.length === 0 ? dashedVersion(name) : null;
  return whole === null
    ? { text, name, bounds }
    : { text, name: whole.name, bounds: [{ sign: '=', version: whole.version }] };
}

function readBound(text: string): readonly Bound[] {
  const [, sign, version] = /^\s*([<>!=]=|[<>=])\s*(\S+)\s*$/.exec(text) ?? [];
  if (sign === undefined || version === undefined) return [];
  return [{ sign: sign === '==' ? '=' : (sign as BoundSign), version }];
}

/**
 * "containerd.io-1.7.3-3.1.el8.x86_64": a version begins with a digit and has a dot or a release behind it, so that
 * `java-1.8.0-openjdk` and `gcc-toolset-12` stay names.
 */
function dashedVersion(text: string): { readonly name: string; readonly version: string } | null {
  const [, name, version, release] =
    /^([^/(]+?)-(\d[\w.+]*)(?:-(\d[\w.+]*))?$/.exec(text.replace(architecture, '')) ?? [];
  if (name === undefined || version === undefined) return null;
  if (release === undefined && !version.includes('.')) return null;
  const arch = architecture.exec(text)?.[0] ?? '';
  return { name: `${name}${arch}`, version: release === undefined ? version : `${version}-${release}` };
}

const architecture =
  /\.(?:noarch|x86_64|i[3-6]86|aarch64|armv7hl|ppc64le|s390x|loongarch64|riscv64|mips64el|sw_64)$/;

export type VersionFamily = 'rpm' | 'dpkg';

/** rpm's or dpkg's order of whole versions. */
export function compareVersionsOf(family: VersionFamily): (left: string, right: string) => number {
  return family === 'rpm' ? compareRpmVersions : compareDpkgVersions;
}

/** Whether a version lies within all limits. A limit without a release (revision) or epoch says nothing about it. */
export function fits(family: VersionFamily, version: string, bounds: readonly Bound[]): boolean {
  return bounds.every(({ sign, version: limit }) => {
    if (limit.includes('*')) {
      const plain = limit.includes(':') ? version : version.replace(/^\d*:/, '');
      return globTest(limit).test(plain) === (sign === '=');
    }
    const order = family === 'rpm' ? againstRpm(version, limit) : againstDpkg(version, limit);
    return holds[sign](order);
  });
}

/** The newest of some versions that lie within the limits, or null. */
export function newestFit(
  family: VersionFamily,
  versions: readonly string[],
  bounds: readonly Bound[],
): string | null {
  const [newest = null] = versions
    .filter((version) => fits(family, version, bounds))
    .toSorted((a, b) => compareVersionsOf(family)(b, a));
  return newest;
}

const holds: Readonly<Record<BoundSign, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>=': (order) => order >= 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '<': (order) => order < 0,
};

function againstRpm(version: string, limit: string): number {
  const [has, wants] = [parseRpmVersion(version), parseRpmVersion(limit)];
  const epoch = wants.epoch === null ? 0 : rpmvercmp(has.epoch ?? '0', wants.epoch);
  if (epoch !== 0) return epoch;
  const order = rpmvercmp(has.version, wants.version);
  return order !== 0 || wants.release === null ? order : rpmvercmp(has.release ?? '', wants.release);
}

function againstDpkg(version: string, limit: string): number {
  const [has, wants] = [parseDpkgVersion(version), parseDpkgVersion(limit)];
  const whole = (epoch: string | null, upstream: string, revision: string | null) =>
    `${epoch ?? 0}:${upstream}${wants.revision === null || revision === null ? '' : `-${revision}`}`;
  return compareDpkgVersions(
    whole(wants.epoch === null ? null : has.epoch, has.upstream, has.revision),
    whole(wants.epoch, wants.upstream, wants.revision),
  );
}
