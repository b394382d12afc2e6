import type { Mount } from '../../facts/mounts.ts';

/** What a mount's own flags come to: mount(8), "Filesystem-independent mount options". */
export interface Flags {
  readonly ro: boolean;
  readonly nosuid: boolean;
  readonly nodev: boolean;
  readonly noexec: boolean;
  readonly atime: 'relatime' | 'noatime' | 'strictatime';
  readonly nodiratime: boolean;
  readonly sync: boolean;
  readonly dirsync: boolean;
}

/** The options of a list; a comma within double quotes parts none. */
export function splitOptions(text: string): string[] {
  return (text.match(/(?:"[^"]*"|[^,"])+/g) ?? []).filter((option) => option !== '');
}

/** Whether two lists mean the same, whatever their order and whatever they only spell out. */
export function sameOptions(one: string, other: string): boolean {
  return JSON.stringify(meaning(one)) === JSON.stringify(meaning(other));
}

/** Whether the options of the file system itself, which a live mount may not show, are the same. */
export function sameSystemOptions(one: string, other: string): boolean {
  return systemOptions(one).toSorted().join(',') === systemOptions(other).toSorted().join(',');
}

/** The flags of a list, the later before the earlier. */
export function flagsOf(options: readonly string[]): Flags {
  const flags = { ...plain };
  for (const option of options) Object.assign(flags, effects.get(option));
  return flags;
}

/** Arguments for `-o`: the flags written out, then what is the file system's; without what fstab alone knows. */
export function mountOptions(text: string): string {
  return [...flagWords(flagsOf(splitOptions(text))), ...systemOptions(text)].join(',');
}

/** The flags as words, so that a remount leaves none as it was by chance. */
export function flagWords(flags: Flags): string[] {
  const { ro, atime, ...rest } = flags;
  const set = Object.entries(rest).flatMap(([name, value]) => (value ? [name] : []));
  return [ro ? 'ro' : 'rw', ...set, atime];
}

/** The options of the file system, without flags, bind, and what only fstab's readers know. */
export function systemOptions(text: string): string[] {
  return splitOptions(text).filter(
    (option) =>
      !effects.has(option) &&
      !/^(defaults|(no)?auto|nouser|nofail|_netdev|async|r?bind|x-.*|X-.*|comment=.*)$/.test(option),
  );
}

/** Whether it mounts a directory that is there already. */
export function isBind(text: string): boolean {
  return splitOptions(text).some((option) => option === 'bind' || option === 'rbind');
}

/** What a live mount has other than wanted, as "noexec: no → yes"; only what it shows can be compared. */
export function liveGaps(wanted: string, live: Mount): readonly string[] {
  const want = flagsOf(splitOptions(wanted));
  const have = liveFlags(live);
  const flags = (Object.keys(plain) as (keyof Flags)[]).filter((name) => {
    if (name === 'ro' && !want.ro && readOnlyTypes.has(live.type)) return false;
    // Without any times there are none of directories.
    if (name === 'nodiratime' && want.atime === 'noatime') return false;
    return want[name] !== have[name];
  });
  const shown = new Map([...live.superOptions, ...live.options].map((option) => splitPair(option)));
  const pairs = systemOptions(wanted)
    .map((option) => splitPair(option))
    .filter(([key, value]) => shown.has(key) && !sameValue(key, value, shown.get(key) ?? ''));
  return [
    ...flags.map((name) => `${name} ${word(have[name])} → ${word(want[name])}`),
    ...pairs.map(([key, value]) => `${key} ${shown.get(key) ?? ''} → ${value}`),
  ];
}

/** The flags of a live mount. */
export function liveFlags({ options, superOptions }: Mount): Flags {
  const flags = flagsOf([
    ...superOptions.filter((option) => ['ro', 'sync', 'dirsync'].includes(option)),
    ...options,
  ]);
  const ro = options.includes('ro') || superOptions.includes('ro');
  // relatime is written out; where no word stands, every access counts.
  const atime = options.find((option) => option === 'relatime' || option === 'noatime');
  return { ...flags, ro, atime: (atime as Flags['atime'] | undefined) ?? 'strictatime' };
}

const plain: Flags = {
  ro: false,
  nosuid: false,
  nodev: false,
  noexec: false,
  atime: 'relatime',
  nodiratime: false,
  sync: false,
  dirsync: false,
};

const readOnlyTypes = new Set(['iso9660', 'squashfs', 'erofs', 'cramfs', 'romfs']);

const safe = { nosuid: true, nodev: true };
const effects: ReadonlyMap<string, Partial<Flags>> = new Map(
  Object.entries({
    ro: { ro: true },
    rw: { ro: false },
    nosuid: { nosuid: true },
    suid: { nosuid: false },
    nodev: { nodev: true },
    dev: { nodev: false },
    noexec: { noexec: true },
    exec: { noexec: false },
    noatime: { atime: 'noatime' },
    atime: { atime: 'relatime' },
    relatime: { atime: 'relatime' },
    norelatime: { atime: 'relatime' },
    strictatime: { atime: 'strictatime' },
    nostrictatime: { atime: 'relatime' },
    nodiratime: { nodiratime: true },
    diratime: { nodiratime: false },
    sync: { sync: true },
    async: { sync: false },
    dirsync: { dirsync: true },
    user: { ...safe, noexec: true },
    users: { ...safe, noexec: true },
    owner: safe,
    group: safe,
  }),
);

/** Flags, the file system's options and fstab's words, each in an order of their own. */
function meaning(text: string): unknown {
  const options = splitOptions(text);
  const auto = options.findLast((option) => option === 'auto' || option === 'noauto') === 'noauto';
  const words = options.filter((option) =>
    /^(user|users|owner|group|nofail|_netdev|r?bind|x-.*|X-.*|comment=.*)$/.test(option),
  );
  const system = new Map(systemOptions(text).map((option) => splitPair(option)));
  return [flagsOf(options), auto, [...new Set(words)].toSorted(), [...system].toSorted()];
}

function splitPair(option: string): [string, string] {
  const at = option.indexOf('=');
  return at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1).replaceAll('"', '')];
}

function sameValue(key: string, wanted: string, shown: string): boolean {
  if (wanted.endsWith('%') || (['uid', 'gid'].includes(key) && !/^\d+$/.test(wanted))) return true;
  if (key.endsWith('mode') || key.endsWith('mask'))
    return Number.parseInt(wanted, 8) === Number.parseInt(shown, 8);
  return amount(wanted) === amount(shown);
}

/** "64m" and "65536k" are one size. */
function amount(text: string): string {
  const [, digits, unit = ''] = /^(\d+)([kmgtKMGT]?)$/.exec(text) ?? [];
  if (digits === undefined) return text;
  return String(Number(digits) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '));
}

function word(value: boolean | string): string {
  return typeof value === 'string' ? value : value ? 'yes' : 'no';
}
