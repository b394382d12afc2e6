import { CannotPlan, type Change, predict } from '../../contract/change.ts';
import { type Mount, mountKeys, mounts, type MountsAnswer } from '../../facts/mounts.ts';
import type { FstabEntry } from './fstab.ts';
import { flagsOf, flagWords, liveGaps, sameSystemOptions, splitOptions } from './options.ts';
import { mountBack, mountScript, remountBack, remountScript, umountScript } from './script.ts';
import { isMountOf, type WantedSource } from './source.ts';
import { sh } from '../../shell/script.ts';

/** The steps that bring a mount about: another one goes first, options are given by a remount. */
export function planMounted(
  wanted: FstabEntry,
  source: WantedSource,
  table: MountsAnswer,
  before: FstabEntry | undefined,
): readonly Change[] {
  const { path } = wanted;
  const live = table.at.at(-1);
  if (live && isMountOf(source, live)) return planOptions(wanted, live, before);
  refuseAbsent(source);
  const gone = live ? [unmount(path, live, table, before)] : [];
  return [
    ...gone,
    {
      what: `mount ${wanted.source} on ${path}`,
      diff: { before: null, after: `${wanted.source} ${wanted.type} ${wanted.options}` },
      touches: [...mountKeys(path), `path:${path}`],
      apply: mountScript(wanted),
      undo: sh`umount -- ${path}`,
    },
  ];
}

/** The steps that unmount all that is on a path, the topmost first. */
export function planUnmounted(
  path: string,
  table: MountsAnswer,
  entry: FstabEntry | undefined,
): readonly Change[] {
  return table.at.toReversed().map((live) => unmount(path, live, table, entry));
}

/** The step that mounts anew with the options that are given, or those of fstab, or those that it has. */
export function planRemounted(
  path: string,
  table: MountsAnswer,
  options: string | undefined,
  entry: FstabEntry | undefined,
): readonly Change[] {
  const live = table.at.at(-1);
  if (!live) {
    throw new CannotPlan(`nothing is mounted on ${path}`, {
      missing: `mount:${path}`,
      next: 'use `state: mounted`',
    });
  }
  const wanted = options ?? entry?.options ?? live.options.join(',');
  return [remount(path, live, wanted, entry?.options, `remount ${path}`, liveGaps(wanted, live))];
}

function planOptions(wanted: FstabEntry, live: Mount, before: FstabEntry | undefined): readonly Change[] {
  const gaps = liveGaps(wanted.options, live);
  const isOther = before !== undefined && !sameSystemOptions(before.options, wanted.options);
  if (gaps.length === 0 && !isOther) return [];
  const what = `remount ${wanted.path}: ${gaps.length > 0 ? gaps.join(', ') : 'other options'}`;
  return [remount(wanted.path, live, wanted.options, before?.options, what, gaps)];
}

function remount(
  path: string,
  live: Mount,
  options: string,
  before: string | undefined,
  what: string,
  gaps: readonly string[],
): Change {
  return {
    what,
    diff: {
      before: [...live.options, ...live.superOptions].join(','),
      after: [...flagWords(flagsOf(splitOptions(options))), ...gaps].join(', '),
    },
    touches: mountKeys(path),
    apply: remountScript(live, path, options),
    undo: remountBack(live, path, before),
  };
}

function unmount(path: string, live: Mount, table: MountsAnswer, entry: FstabEntry | undefined): Change {
  if (table.below.length > 0) {
    throw new CannotPlan(
      `${path} cannot be unmounted: ${table.below.join(', ')} ${table.below.length > 1 ? 'are' : 'is'} mounted below it`,
      {
        next: 'unmount that first',
      },
    );
  }
  const last = table.at.length === 1;
  const isEntrys = entry !== undefined && last;
  return {
    what: `unmount ${path} (${live.source})`,
    diff: { before: `${live.source} ${live.type} ${live.options.join(',')}`, after: null },
    touches: [...mountKeys(path), `path:${path}`],
    apply: umountScript(path),
    undo: mountBack(live, isEntrys ? entry : undefined),
    ...(last ? { predicts: [predict({ fact: mounts, subject: { path } }, { ...table, at: [] })] } : {}),
  };
}

function refuseAbsent({ source, found }: WantedSource): void {
  if (found.kind !== 'absent') return;
  const isTag = !source.startsWith('/');
  throw new CannotPlan(isTag ? `no device has ${source}` : `${source} does not exist`, {
    missing: isTag ? 'device:all' : `path:${source}`,
    next: isTag ? 'look with: blkid' : 'make it first, or check the name',
  });
}
