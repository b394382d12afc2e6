import { below, type Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';
import { type BlsFile, type BootEntry, readBls, readMenu } from './boot_menu.ts';
import { withSystemPath } from './program.ts';

/** What a host boots, and what it will boot next. */
export interface Boot {
  /** `uname -r`. */
  readonly running: string;
  /** What the running kernel was told. */
  readonly cmdline: string;
  /** Releases of the images in /boot, with the kilobytes that their files take. */
  readonly images: readonly { readonly release: string; readonly kilobytes: number }[];
  /** Kilobytes that are free for files in /boot; null where nothing tells it. */
  readonly free: number | null;
  /** GRUB's configuration; null where there is none. */
  readonly grub: Grub | null;
  /** What grubby says is booted by default: a path; null where there is no grubby. */
  readonly grubby: string | null;
  /** Something of it is hidden from this user. */
  readonly hidden: boolean;
}

export interface Grub {
  /** grub.cfg, links followed. */
  readonly config: string;
  /** grubenv, links followed, and whether it is there. */
  readonly environment: string;
  readonly hasEnvironment: boolean;
  /** What grubenv holds: `saved_entry`, `next_entry`, `kernelopts`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly entries: readonly BootEntry[];
  /** Whether the menu is made of files below /boot/loader/entries. */
  readonly bls: boolean;
  /** What is booted where nothing else is asked for; `${saved_entry}` where grubenv says it. */
  readonly standard: string;
  /** grub.cfg takes `next_entry` once and clears it. */
  readonly takesNext: boolean;
  /** What keeps GRUB from writing grubenv: "lvm", "md", "btrfs". */
  readonly unwritable: string | null;
  /** The programs of this GRUB that are there, by their name without "grub-" or "grub2-". */
  readonly programs: Readonly<Record<string, string>>;
}

/** The running kernel, the kernels in /boot and GRUB's menu, whichever of Red Hat's or Debian's ways it is made in. */
export const boot: Fact<undefined, Boot> = {
  name: 'boot',
  id: () => '',
  about: () => ['host:boot', 'host:kernel', below('/boot'), 'path:/etc/grub2.cfg', 'path:/etc/grub2-efi.cfg'],
  ask: () => bootScript,
  parse: (output) => [parseBoot(output.toString('utf8'))],
  // GRUB clears next_entry by itself, when it has booted what it names.
  lasting({ grub }) {
    if (!grub) return null;
    const variables = Object.entries(grub.variables).filter(([name]) => name !== 'next_entry');
    return { variables, standard: grub.standard, entries: grub.entries };
  },
};

// Every line bears the letter of what it tells. An EFI stub that only leads on to the real grub.cfg has no menu and is passed over.
const bootScript = sh`${withSystemPath}
tell() { w=$1; shift; for l do printf '%s %s\\n' "$w" "$l"; done; }
tell k "$(uname -r)"
if [ -r /proc/cmdline ]; then read -r l </proc/cmdline; tell a "$l"; fi
for f in /boot/vmlinuz-*; do if [ -f "$f" ]; then tell i "\${f##*/vmlinuz-}"; fi; done
stat -L -c 's %s %n' /boot/vmlinuz-* /boot/initr* /boot/System.map-* /boot/config-* /boot/symvers-* 2>/dev/null
df -Pk /boot 2>/dev/null | while read -r d t u v r; do case $v in *[!0-9]*) ;; *) tell f "$v";; esac; done
e=/etc/grub2.cfg; if [ -d /sys/firmware/efi ]; then e=/etc/grub2-efi.cfg; fi
c=
for f in "$e" /boot/grub2/grub.cfg /boot/grub/grub.cfg; do
if [ -f "$f" ]; then
if ! [ -r "$f" ]; then tell h "$f"; elif grep -qE '^[[:space:]]*(menuentry|blscfg)' "$f"; then c=$(readlink -f "$f"); break; fi
fi
done
if [ -n "$c" ]; then
tell c "$c"
grep -E '^[[:space:]]*(menuentry[[:space:]]|submenu[[:space:]]|linux(16|efi)?[[:space:]]|blscfg|set default=|set next_entry=|\\}[[:space:]]*$)' "$c" | sed 's/^/m /'
v=\${c%/*}/grubenv
for f in "$v" /boot/grub2/grubenv /boot/grub/grubenv; do if [ -e "$f" ]; then v=$(readlink -f "$f"); break; fi; done
if [ -r "$v" ]; then
tell v "$v"
while IFS= read -r l || [ -n "$l" ]; do case $l in '#'*) ;; *=*) tell e "$l";; esac; done <"$v"
elif [ -e "$v" ]; then tell h "$v"
else tell n "$v"
fi
if [ -d /boot/loader/entries ] && ! [ -r /boot/loader/entries ]; then tell h /boot/loader/entries; fi
for f in /boot/loader/entries/*.conf; do
if [ -r "$f" ]; then
n=\${f##*/}; tell b "\${n%.conf}"
while IFS= read -r l || [ -n "$l" ]; do case $l in title*|version*|linux*|options*|id*) tell l "$l";; esac; done <"$f"
elif [ -e "$f" ]; then tell h "$f"
fi
done
case $c in */grub/grub.cfg) g=grub;; *) g=grub2;; esac
for p in editenv mkconfig; do
for w in $g-$p grub-$p grub2-$p; do if command -v $w >/dev/null 2>&1; then tell p "$p $w"; break; fi; done
done
if command -v update-grub >/dev/null 2>&1; then tell p 'update update-grub'; fi
d=\${v%/*}; while [ "$d" ] && ! [ -d "$d" ]; do d=\${d%/*}; done
at=$(df -P "\${d:-/}" 2>/dev/null | sed -n '$s/.* //p')
while read -r i j b r m o; do
if [ "$m" = "$at" ]; then x=$b y=\${o#* - }; fi
done </proc/self/mountinfo
if [ -n "$x" ]; then
tell t "\${y%% *}"
for f in /sys/dev/block/$x /sys/dev/block/$x/slaves/*; do
if [ -e "$f/md" ] || [ -e "$f/../md" ]; then tell t md; fi
if [ -r "$f/dm/uuid" ]; then read -r l <"$f/dm/uuid"; case $l in LVM-*) tell t lvm;; esac; fi
done
fi
fi
if command -v grubby >/dev/null 2>&1; then tell g "$(grubby --default-kernel 2>/dev/null)"; fi
exit 0`;

/** What GRUB can read but not write (its grub-mkconfig_lib and the manual, "Environment block"). */
const unwritable = ['lvm', 'md', 'btrfs', 'zfs', 'squashfs', 'iso9660', 'erofs'];

/** Reads what the script says. */
export function parseBoot(output: string): Boot {
  const rows = output.split('\n').flatMap((row) => (row[1] === ' ' ? [[row[0], row.slice(2)] as const] : []));
  const all = (letter: string) => rows.flatMap(([first, rest]) => (first === letter ? [rest] : []));
  const releases = all('i').filter((release) => !release.startsWith('0-rescue'));
  const sizes = all('s').map((row) => {
    const at = row.indexOf(' ');
    return { bytes: Number(row.slice(0, at)), path: row.slice(at + 1) };
  });
  const [free] = all('f');
  return {
    running: all('k')[0] ?? '',
    cmdline: all('a')[0] ?? '',
    images: releases.map((release) => ({
      release,
      kilobytes: Math.round(
        sizes.filter(({ path }) => isOf(path, release)).reduce((sum, { bytes }) => sum + bytes, 0) / 1024,
      ),
    })),
    free: free === undefined ? null : Number(free),
    grub: readGrub(all, rows),
    grubby: all('g')[0] ?? null,
    hidden: all('h').length > 0,
  };
}

function isOf(path: string, release: string): boolean {
  return new RegExp(`-${release.replaceAll(/[^\w-]/g, '\\$&')}(\\.img|kdump\\.img|\\.gz)?$`).test(path);
}

function readGrub(
  all: (letter: string) => readonly string[],
  rows: readonly (readonly [string | undefined, string])[],
): Grub | null {
  const [config] = all('c');
  if (config === undefined) return null;
  const menu = all('m');
  const variables = Object.fromEntries(all('e').map(assignment));
  const bls = menu.some((line) => /^\s*blscfg/.test(line));
  const listed = readMenu(menu);
  const filed = bls ? readBls(blsFiles(rows), variables) : [];
  const [environment] = all('v');
  return {
    config,
    environment: environment ?? all('n')[0] ?? '',
    hasEnvironment: environment !== undefined,
    variables,
    // Where blscfg makes the menu, grub.cfg has nothing but what others put behind it.
    entries: [...filed, ...listed.map((entry) => behind(entry, filed.length))],
    bls,
    standard: standardOf(menu),
    takesNext: menu.some((line) => /^\s*set next_entry=\s*$/.test(line)),
    unwritable: all('t').find((type) => unwritable.includes(type)) ?? null,
    programs: Object.fromEntries(all('p').map((row) => row.split(' ') as [string, string])),
  };
}

function behind(entry: BootEntry, count: number): BootEntry {
  const [first, ...rest] = entry.path;
  return first ? { ...entry, path: [{ ...first, at: first.at + count }, ...rest] } : entry;
}

function blsFiles(rows: readonly (readonly [string | undefined, string])[]): readonly BlsFile[] {
  const files: { name: string; values: Record<string, string> }[] = [];
  for (const [letter, text] of rows) {
    if (letter === 'b') files.push({ name: text, values: {} });
    const [, key, value] = (letter === 'l' && /^(\w+)[ \t]+(.*?)\s*$/.exec(text)) || [];
    const last = files.at(-1);
    if (key !== undefined && value !== undefined && last)
      last.values[key] = last.values[key] === undefined ? value : `${last.values[key]} ${value}`;
  }
  return files;
}

/** What stands in the place of `next_entry` where that is empty: the first other value. */
function standardOf(menu: readonly string[]): string {
  const values = menu.flatMap((line) => {
    const [, value] = /^\s*set default="?(.*?)"?\s*$/.exec(line) ?? [];
    return value === undefined ? [] : [value];
  });
  const next = values.findIndex((value) => value.includes('next_entry'));
  return values.slice(next + 1)[0] ?? '0';
}

function assignment(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  // grub-editenv escapes line ends and backslashes.
  return [line.slice(0, at), line.slice(at + 1).replaceAll(/\\(.)/g, '$1')];
}
