import { rpmvercmp } from '../contract/rpm_version.ts';

/** Orders two releases of kernels, oldest first: numbers by value, letters by name, as rpm and dpkg do it for one kernel. */
export function compareReleases(one: string, other: string): number {
  return rpmvercmp(one, other);
}

/**
 * Whether a release of a kernel is the one that somebody means: as `uname -r` says it, or without what it ends in after a
 * dot, dash or plus (architecture, flavour): "4.19.90-52.40.v2207.ky10" is "4.19.90-52.40.v2207.ky10.x86_64".
 */
export function isRelease(release: string, meant: string): boolean {
  if (release === meant) return true;
  return /^[.+-][A-Za-z]/.test(release.slice(meant.length)) && release.startsWith(meant);
}

/** The release that is meant, out of those that are there: one that is it to the letter before those that only begin so. */
export function findReleases(releases: readonly string[], meant: string): readonly string[] {
  return releases.includes(meant) ? [meant] : releases.filter((one) => isRelease(one, meant));
}
