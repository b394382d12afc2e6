import { CannotPlan, type Change } from '../contract/change.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, known, map, type Probe } from '../contract/probe.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { askDirectory, type DirectoryState, isDirectory, makeDirectories } from '../facts/make_directory.ts';
import { mountSource, type MountSourceAnswer } from '../facts/mount_source.ts';
import { mounts, type MountsAnswer } from '../facts/mounts.ts';
import { lines, sh } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import { type MountArgs, mountArguments } from './mount/arguments.ts';
import { entriesFor, type FstabEntry, withEntry, withoutEntry } from './mount/fstab.ts';
import { liveGaps } from './mount/options.ts';
import { planMounted, planRemounted, planUnmounted } from './mount/live_plan.ts';

export interface MountState {
  readonly fstab: EditState;
  readonly point: DirectoryState;
  readonly real: MountSourceAnswer;
  readonly table: MountsAnswer;
  readonly source: MountSourceAnswer | null;
  /** What is mounted where the source lies. */
  readonly around: MountsAnswer | null;
}

/** Keeps a file system mounted and in fstab, or neither. */
export const mount: Module<MountArgs, MountState> = {
  kind: 'resource',
  name: 'mount',
  summary: 'Keeps file systems mounted or unmounted, and their lines in fstab.',
  args: mountArguments,
  notes: [
    'What is mounted is read from /proc/self/mountinfo. `UUID=` and the like, links and loop devices are compared by the device behind them; options by what they mean: `relatime` and what the kernel adds count for nothing.',
    'Options of a file system that the kernel does not show (`nofail` of course, but also some of its own) are only compared with fstab; where fstab’s change, it is remounted.',
    'In fstab only the fields that differ are changed. It is written last, so that what cannot be mounted does not stop the next boot; systemd then reads it anew.',
    'Nothing is unmounted lazily or by force: where it is in use, the processes are named. `absent` leaves the directory; Ansible removes it.',
    'What lies in memory (tmpfs) cannot be given back once it was unmounted; undo says so beforehand.',
    '`path: none` with `fstype: swap` keeps the line alone.',
  ],
  probe: probeMount,
  plan: planMount,
  proven(args, _before, after) {
    if (args.state !== 'remounted') {
      const rest = planMount(args, after).map(({ what }) => what);
      return rest.length === 0 ? true : `a fresh look still asks for: ${rest.join('; ')}`;
    }
    const live = after.table.at.at(-1);
    if (!live) return `nothing is mounted on ${pathOf(args)}`;
    const gaps = args.opts === undefined ? [] : liveGaps(args.opts, live);
    return gaps.length === 0 ? true : `the kernel did not take the options: ${gaps.join(', ')}`;
  },
  result: (args, { table }) => {
    const live = table.at.at(-1);
    return {
      path: pathOf(args),
      mounted: live !== undefined,
      ...(live ? { source: live.source, fstype: live.type, opts: live.options.join(',') } : {}),
    };
  },
};

/** The path behind links is asked for in the same look, so that only a path without links is sure to be right at first. */
function probeMount(args: MountArgs): Probe<MountState> {
  const path = pathOf(args);
  const { src } = args;
  const isMounting = args.state === 'mounted' && typeof src === 'string';
  return all({
    fstab: askEdit(fstabOf(args)),
    point: isSwap(path) ? known(nowhere) : askDirectory(path),
    real: ask(mountSource, { source: path }),
    table: ask(mounts, { path }),
    source:
      src === undefined || (src as unknown) instanceof Secret
        ? known(null)
        : ask(mountSource, { source: src }),
    around:
      isMounting && src.startsWith('/')
        ? map(ask(mounts, { path: tidyPath(src) }), (answer) => answer)
        : known(null),
  });
}

const nowhere: DirectoryState = {
  path: '/',
  at: { kind: 'absent', parent: 'directory' },
  missing: [],
  setGroup: false,
};

function planMount(args: MountArgs, state: MountState): readonly Change[] {
  refuse(args, state);
  const path = pathOf(args);
  const text = editable(fstabOf(args), state.fstab)?.toString('latin1') ?? '';
  const about = { source: latin(args.src ?? ''), path: latin(path) };
  const [before] = entriesFor(text, about);
  switch (args.state) {
    case 'unmounted':
      return planUnmounted(path, state.table, plainEntry(before));
    case 'remounted':
      return planRemounted(path, state.table, args.opts, plainEntry(before));
    case 'absent': {
      const gone = isSwap(path) ? [] : planUnmounted(path, state.table, plainEntry(before));
      return [...gone, ...planFstab(args, state, withoutEntry(text, about), `remove ${path} from`)];
    }
    case 'present':
    case 'mounted': {
      const wanted = wantedEntry(args);
      const written = planFstab(args, state, withEntry(text, latinEntry(wanted)), `put ${path} into`);
      if (args.state === 'present') return written;
      return [
        ...planPoint(path, state, wanted),
        ...planMounted(wanted, sourceOf(wanted, state), state.table, plainEntry(before)),
        ...written,
      ];
    }
  }
}

function refuse(args: MountArgs, { real, source }: MountState): void {
  const path = pathOf(args);
  if ([args.src, args.opts].some((value: unknown) => value instanceof Secret)) {
    throw new CannotPlan(
      'fstab and the options of a mount can be read by every user of the host: they take no secret',
      {
        next: 'put it into a file of its own: opts: credentials=/etc/cifs.secret',
      },
    );
  }
  const needed = args.state === 'mounted' || args.state === 'present';
  const lacking = (['src', 'fstype'] as const).find((name) => args[name] === undefined);
  if (needed && lacking) throw new CannotPlan(`\`${lacking}\` is needed`);
  if (isSwap(path)) {
    if (args.state !== 'present' && args.state !== 'absent')
      throw new CannotPlan('swap is not mounted', { next: 'use `state: present`, and `command: swapon -a`' });
    if (args.src === undefined) throw new CannotPlan('`src` is needed: it tells one swap from another');
    return;
  }
  if (real.real !== null && real.real !== path) {
    throw new CannotPlan(`${path} leads to ${real.real} by a link, and the kernel only knows the latter`, {
      next: `say path: ${real.real}`,
    });
  }
  if (needed) refuseLinked(args.src ?? '', source);
}

function refuseLinked(src: string, source: MountSourceAnswer | null): void {
  if (source?.kind !== 'directory' || source.real === null || source.real === tidyPath(src)) return;
  throw new CannotPlan(`${src} leads to ${source.real} by a link, and the kernel only knows the latter`, {
    next: `say src: ${source.real}`,
  });
}

function planPoint(path: string, { point, table }: MountState, wanted: FstabEntry): readonly Change[] {
  if (table.at.length > 0) return [];
  if (point.at.kind === 'absent') return [makeDirectories(path, point, point.missing, {})];
  const ofFile = point.at.kind === 'file' && /\bbind\b/.test(wanted.options);
  if (isDirectory(point.at) || ofFile) return [];
  throw new CannotPlan(`${path} is a ${point.at.kind}, on which nothing can be mounted`);
}

function sourceOf(wanted: FstabEntry, { source, around }: MountState) {
  const found: MountSourceAnswer = source ?? { kind: 'absent', real: null, devices: [] };
  return {
    source: wanted.source,
    type: wanted.type,
    options: wanted.options,
    found,
    holder: around?.at.at(-1) ?? around?.holder ?? null,
  };
}

/** The change of fstab, after which systemd makes its units anew. */
function planFstab(args: MountArgs, state: MountState, text: string, what: string): readonly Change[] {
  const file = fstabOf(args);
  if (state.fstab.now.kind === 'absent' && text === '') return [];
  const edit = { bytes: Buffer.from(text, 'latin1'), what: `${what} ${file}` };
  const changes = planEdit(file, state.fstab, edit, { create: true, backup: args.backup });
  if (file !== '/etc/fstab') return changes;
  return changes.map((change) =>
    change.sends && 'text' in change.undo
      ? { ...change, apply: lines([change.apply, daemonReload]), undo: lines([change.undo, daemonReload]) }
      : change,
  );
}

const daemonReload = sh`if [ -d /run/systemd/system ]; then systemctl daemon-reload || exit 1; fi`;

function wantedEntry(args: MountArgs): FstabEntry {
  const { src = '', fstype = '', opts = 'defaults', dump = 0, passno = 0, boot = true } = args;
  const options = boot || opts.split(',').includes('noauto') ? opts : `${opts},noauto`;
  return {
    source: src,
    path: pathOf(args),
    type: fstype,
    options,
    dump: String(dump),
    passno: String(passno),
  };
}

// fstab's text has one character a byte.
function latin(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function latinEntry(entry: FstabEntry): FstabEntry {
  return {
    ...entry,
    source: latin(entry.source),
    path: latin(entry.path),
    type: latin(entry.type),
    options: latin(entry.options),
  };
}

function plainEntry(entry: FstabEntry | undefined): FstabEntry | undefined {
  const plain = (text: string) => Buffer.from(text, 'latin1').toString();
  return (
    entry && { ...entry, source: plain(entry.source), path: plain(entry.path), options: plain(entry.options) }
  );
}

function pathOf({ path, name }: MountArgs): string {
  const given = path ?? name ?? '/';
  return given.startsWith('/') ? tidyPath(given) : given;
}

function fstabOf({ fstab = '/etc/fstab' }: MountArgs): string {
  return tidyPath(fstab);
}

function isSwap(path: string): boolean {
  return path === 'none' || path === 'swap';
}
