import { CannotPlan } from '../../contract/change.ts';
import type { Boot, Grub } from '../../facts/boot.ts';
import { type BootEntry, entryOf, findEntry } from '../../facts/boot_menu.ts';
import type { KernelPackages } from '../../facts/kernel_packages.ts';
import { compareReleases, findReleases } from '../../facts/release_order.ts';

/** Releases that can be booted or are installed, oldest first. */
export function installedReleases({ images, grub }: Boot): readonly string[] {
  const all = [
    ...images.map(({ release }) => release),
    ...(grub?.entries ?? []).filter(({ rescue }) => !rescue).map(({ release }) => release),
  ];
  // Debian's links, and what a menu made by hand may name.
  const releases = all.filter((one) => /^\d/.test(one) && !one.endsWith('.old'));
  return [...new Set(releases)].toSorted(compareReleases);
}

/** What is booted where nothing else is asked for; null where that cannot be told. */
export function defaultRelease(boot: Boot): string | null {
  const { grub, grubby } = boot;
  const told = /\/vmlinuz-([^/]+)$/.exec(grubby ?? '')?.[1];
  if (told !== undefined) return told;
  return grub && (defaultEntry(grub)?.release ?? null);
}

/** The same as an entry of GRUB's menu. */
export function defaultEntry({ standard, variables, entries }: Grub): BootEntry | null {
  const value = isSaved({ standard }) ? (variables['saved_entry'] ?? '') : standard;
  return findEntry(entries, value === '' ? '0' : value);
}

/** What the next boot starts. */
export function nextRelease(boot: Boot): string | null {
  const next = boot.grub?.takesNext ? (boot.grub.variables['next_entry'] ?? '') : '';
  if (next === '' || !boot.grub) return defaultRelease(boot);
  return findEntry(boot.grub.entries, next)?.release ?? null;
}

/** Whether grubenv says what is booted. */
export function isSaved({ standard }: Pick<Grub, 'standard'>): boolean {
  return standard.includes('saved_entry');
}

/** The one release that is meant. Throws CannotPlan where it is not there, or several fit. */
export function releaseOf(version: string, boot: Boot, { tool }: KernelPackages): string {
  const releases = installedReleases(boot);
  const found = findReleases(releases, version);
  if (found.length > 1)
    throw new CannotPlan(`several kernels are ${version}: ${found.join(', ')}`, { next: 'write it out' });
  if (found[0] !== undefined) return found[0];
  const there = releases.length === 0 ? 'there is none in /boot' : `there are ${releases.join(', ')}`;
  throw new CannotPlan(`the kernel ${version} is not installed: ${there}`, {
    missing: tool === 'dpkg' ? `package:linux-image-${version}` : 'package:kernel',
    next: `install it first: ${tool === 'dpkg' ? `package: {name: linux-image-${version}}` : `package: {name: kernel-${version}}`}`,
  });
}

/** The entry that starts a release. Throws CannotPlan where the menu has none. */
export function entryFor(grub: Grub, release: string): BootEntry {
  const entry = entryOf(grub.entries, release);
  if (entry) return entry;
  throw new CannotPlan(`the menu of GRUB (${grub.config}) has no entry for ${release}`, {
    missing: 'host:boot',
    next: `make it anew: ${grub.programs['update'] ?? `${grub.programs['mkconfig'] ?? 'grub2-mkconfig'} -o ${grub.config}`}`,
  });
}
