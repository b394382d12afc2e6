import { CannotPlan, type Change } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { boot as bootFact, type Boot } from '../facts/boot.ts';
import { findEntry } from '../facts/boot_menu.ts';
import { askEdit, type EditState } from '../facts/edit_file.ts';
import { grubDefaults, grubOf } from '../facts/grub.ts';
import { kernelPackages, type KernelPackages } from '../facts/kernel_packages.ts';
import { findReleases } from '../facts/release_order.ts';
import { kernelArguments, type KernelArgs } from './kernel/arguments.ts';
import { choose, refuseForever, whyForever } from './kernel/choose.ts';
import { letSaved } from './kernel/saved.ts';
import { removable } from './kernel/removable.ts';
import { planRemoval } from './kernel/remove.ts';
import {
  defaultRelease,
  entryFor,
  installedReleases,
  isSaved,
  nextRelease,
  releaseOf,
} from './kernel/standing.ts';

export interface KernelState {
  readonly boot: Boot;
  readonly packages: KernelPackages;
  readonly defaults: EditState;
}

/** Chooses the kernel that is booted, for good or once. */
export const kernel: Module<KernelArgs, KernelState> = {
  kind: 'resource',
  name: 'kernel',
  summary: 'Chooses the kernel that is booted, for good or once, and tells which are there.',
  args: kernelArguments,
  notes: [
    'It installs nothing: `package` does, by the exact version. On RHEL, Kylin and openEuler an installed kernel becomes the default (UPDATEDEFAULT=yes in /etc/sysconfig/kernel): put the old one back with this module before a boot for once.',
    'GRUB is asked, by /boot/loader/entries (BLS) or grub.cfg and by grubenv; where there is grubby, its word on the default counts and it sets it.',
    'An entry is named by the id of its BLS file, by ids of menu and entry, or by its title where grubby of RHEL 7 has copied an id.',
    'Where grub.cfg boots a fixed entry (GRUB_DEFAULT=0), a default makes it GRUB_DEFAULT=saved and runs update-grub or grub2-mkconfig.',
    '`once` is refused where GRUB cannot write grubenv (LVM, md, btrfs, zfs): it could not forget the choice. Whether GRUB_DEFAULT is saved does not matter for it, but decides what is booted after that.',
    'The register has `running`, `default`, `next`, `installed` (oldest first), `removable`, `free_mb` of /boot, `boots_once`, `once_refused` (why not, else empty) and `panic_reboots` (whether the kernel\'s command line has panic=N, so that one that panics is followed by the default). `packages` are those of the running kernel, so written that a release behind each is another kernel\'s: "kernel-core=", "linux-image-".',
    'With `state: absent` rpm or dpkg removes just the packages of that kernel, or refuses where something else needs one: never the kernel that runs, the default or the next one.',
    'Nothing is rebooted: `reboot` does, with `kernel` for the one that is expected.',
  ],
  probe: () =>
    all({
      boot: ask(bootFact, undefined),
      packages: ask(kernelPackages, undefined),
      defaults: askEdit(grubDefaults),
    }),
  plan: planKernel,
  result: (_wanted, { boot, packages }) => ({
    running: boot.running,
    default: defaultRelease(boot),
    next: nextRelease(boot),
    installed: installedReleases(boot),
    removable: removable(boot).map(({ release }) => release),
    packages: siblings(boot.running, packages),
    free_mb: boot.free === null ? null : Math.floor(boot.free / 1024),
    boots_once: boot.grub !== null && whyForever(boot.grub) === null,
    once_refused: boot.grub ? (whyForever(boot.grub) ?? '') : 'there is no menu of GRUB',
    panic_reboots: /(?:^| )panic=-?[1-9]/.test(boot.cmdline),
  }),
};

function planKernel(wanted: KernelArgs, state: KernelState): readonly Change[] {
  const { version } = wanted;
  if (wanted.state === 'absent') return planRemoval(wanted, state.boot, state.packages);
  refuseFull(wanted, state.boot);
  if (version === undefined) return [];
  const release = releaseOf(version, state.boot, state.packages);
  return wanted.once ? planOnce(release, state) : planDefault(release, state);
}

function planOnce(release: string, { boot }: KernelState): readonly Change[] {
  const grub = grubOf(boot);
  if (nextRelease(boot) === release) return [];
  refuseForever(grub);
  const entry = entryFor(grub, release);
  const before = nextRelease(boot);
  return [
    choose(boot, grub, 'next_entry', entry, `boot ${release} once: ${before ?? 'unknown'} → ${release}`),
  ];
}

function planDefault(release: string, { boot, defaults }: KernelState): readonly Change[] {
  const grub = grubOf(boot);
  const before = defaultRelease(boot);
  if (before === release) return [];
  const entry = entryFor(grub, release);
  const what = `boot ${release} by default: ${before ?? 'unknown'} → ${release}`;
  const saved = findEntry(grub.entries, grub.variables['saved_entry'] ?? '');
  if (isSaved(grub)) return [choose(boot, grub, 'saved_entry', entry, what)];
  const first = letSaved(grub, defaults);
  const asSaved = { ...grub, standard: '${saved_entry}' };
  return [first, ...(saved?.release === release ? [] : [choose(boot, asSaved, 'saved_entry', entry, what)])];
}

/** The packages of a release, each without it; the one that a kernel comes by where it came in none. */
function siblings(release: string, { tool, packages }: KernelPackages): readonly string[] {
  const own = packages.filter((one) => one.release === release).map(({ name }) => name);
  if (own.length === 0) return tool === null ? [] : [tool === 'rpm' ? 'kernel=' : 'linux-image-'];
  return own.map((name) => {
    const base = name.slice(0, -release.length);
    return tool === 'rpm' ? base.replace(/-$/, '=') : base;
  });
}

/** Throws CannotPlan where /boot has not the space for one more kernel, and says what could go. */
function refuseFull({ min_boot_space: needed, version }: KernelArgs, boot: Boot): void {
  if (needed === undefined) return;
  if (version !== undefined && findReleases(installedReleases(boot), version).length > 0) return;
  if (boot.free === null)
    throw new CannotPlan('nothing tells how much space /boot has', { next: 'see `df /boot`' });
  const free = Math.floor(boot.free / 1024);
  if (free >= needed) return;
  const could = removable(boot);
  const names = could.map(({ release, kilobytes }) => `${release} (${Math.round(kilobytes / 1024)} MB)`);
  throw new CannotPlan(`/boot has ${free} MB free, and ${needed} MB are needed`, {
    missing: 'path:/boot',
    next:
      names.length > 0
        ? `remove what is not needed any more, oldest first: ${names.join(', ')}; ${boot.running} runs and stays`
        : `none of its kernels can go (${installedReleases(boot).join(', ')}): look for other files there, or enlarge it`,
  });
}
