import { CannotPlan, type Change, predict } from '../../contract/change.ts';
import { boot as bootFact, type Boot } from '../../facts/boot.ts';
import { grubOf, remakeMenu } from '../../facts/grub.ts';
import { kernelPackages, type KernelPackages } from '../../facts/kernel_packages.ts';
import { withSystemPath } from '../../facts/program.ts';
import { findReleases } from '../../facts/release_order.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { KernelArgs } from './arguments.ts';
import { removable } from './removable.ts';
import { defaultRelease, installedReleases, nextRelease } from './standing.ts';

/** The change after which one kernel, or all but the newest ones, are gone; those that are needed stay. Throws CannotPlan. */
export function planRemoval(wanted: KernelArgs, boot: Boot, packages: KernelPackages): readonly Change[] {
  // What is booted next must be known before anything goes.
  grubOf(boot);
  const releases =
    wanted.version === undefined
      ? old(wanted.keep, boot).filter((release) => heldOf(release, packages) === undefined)
      : named(wanted.version, boot);
  if (releases.length === 0) return [];
  const own = packages.packages.filter(({ release }) => releases.includes(release));
  const stray = releases.find((release) => !own.some((one) => one.release === release));
  if (stray !== undefined || packages.tool === null)
    throw new CannotPlan(`the kernel ${stray ?? releases[0]} belongs to no package`, {
      next: `see what /boot/vmlinuz-${stray ?? releases[0]} is, and remove it with \`file\` and from the menu`,
    });
  const held = releases.map((release) => heldOf(release, packages)).find(Boolean);
  if (held !== undefined)
    throw new CannotPlan(`${held} is held, and would not be removed`, {
      next: `release it first, if it is meant to go: apt-mark unhold ${held}`,
    });
  return [
    removal(
      releases,
      own.map(({ name }) => name),
      boot,
      packages,
    ),
  ];
}

function heldOf(release: string, { packages }: KernelPackages): string | undefined {
  return packages.find((one) => one.release === release && one.held)?.name;
}

function old(keep: number | undefined, boot: Boot): readonly string[] {
  if (keep === undefined)
    throw new CannotPlan('state: absent needs a version, or how many kernels stay (`keep`)');
  const newest = installedReleases(boot).slice(-keep);
  return removable(boot).flatMap(({ release }) => (newest.includes(release) ? [] : [release]));
}

function named(version: string, boot: Boot): readonly string[] {
  const found = findReleases(installedReleases(boot), version);
  if (found.length > 1)
    throw new CannotPlan(`several kernels are ${version}: ${found.join(', ')}`, { next: 'write it out' });
  const [release] = found;
  if (release === undefined) return [];
  const needed: readonly (readonly [string | null, string])[] = [
    [boot.running, 'it runs'],
    [defaultRelease(boot), 'it is the default'],
    [nextRelease(boot), 'it is booted next'],
  ];
  const why = needed.find(([one]) => one === release)?.[1];
  if (why === undefined) return [release];
  throw new CannotPlan(`the kernel ${release} is not removed: ${why}`, {
    next: 'make another one the default, and boot it first',
  });
}

/** rpm and dpkg remove what they are given, or refuse where something else needs it; dnf and apt would take that along. */
function removal(
  releases: readonly string[],
  names: readonly string[],
  boot: Boot,
  packages: KernelPackages,
): Change {
  const { grub } = boot;
  const stays = (release: string) => !releases.includes(release);
  return {
    what: `remove the kernel${releases.length > 1 ? 's' : ''} ${releases.join(', ')}: ${names.join(', ')}`,
    diff: { before: `${names.join('\n')}\n`, after: null },
    touches: [
      'host:boot',
      'host:kernel_packages',
      'path:/boot',
      ...new Set(names.map((name) => `package:${nameOf(name, packages)}` as const)),
    ],
    opaque: true,
    apply: lines([
      withSystemPath,
      packages.tool === 'rpm'
        ? sh`/usr/bin/rpm -e -- ${names} >&2 || exit 1`
        : // Where it refuses, it would all the same have marked them as to be removed some day.
          sh`dpkg --no-act --remove -- ${names} </dev/null >&2 || exit 1
DEBIAN_FRONTEND=noninteractive dpkg --remove -- ${names} </dev/null >&2 || exit 1`,
      ...releases.map((release) => forgetEntry(release, grub)),
    ]),
    undo: {
      impossible: 'a kernel that was removed comes back by `package`, where a repository still has it',
    },
    predicts: [
      predict(
        { fact: kernelPackages, subject: undefined },
        { ...packages, packages: packages.packages.filter(({ release }) => stays(release)) },
      ),
      predict(
        { fact: bootFact, subject: undefined },
        {
          ...boot,
          images: boot.images.filter(({ release }) => stays(release)),
          grub: grub && { ...grub, entries: grub.entries.filter(({ release }) => stays(release)) },
        },
      ),
    ],
  };
}

/** The scripts of the packages make the menu anew, where they are there (zz-update-grub, kernel-install). */
function forgetEntry(release: string, grub: Boot['grub']): Script {
  if (!grub || grub.bls || !('update' in grub.programs || 'mkconfig' in grub.programs)) return sh`:`;
  return sh`if grep -qF ${`/vmlinuz-${release} `} ${grub.config}; then ${remakeMenu(grub)}\nfi`;
}

function nameOf(name: string, { tool, packages }: KernelPackages): string {
  const release = packages.find((one) => one.name === name)?.release ?? '';
  return tool === 'rpm' ? name.slice(0, -release.length - 1) : name;
}
