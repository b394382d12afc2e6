import type { Undo } from '../../contract/change.ts';
import type { Mount } from '../../facts/mounts.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { FstabEntry } from './fstab.ts';
import { flagWords, isBind, liveFlags, mountOptions, splitOptions } from './options.ts';

/** What goes where. */
export type Mounting = Pick<FstabEntry, 'source' | 'path' | 'type' | 'options'>;

/** Mounts without reading any fstab. A bind mount takes its own flags only when it is remounted. */
export function mountScript({ source, path, type, options }: Mounting): Script {
  if (!isBind(options)) {
    const types = type === 'auto' || type === 'none' ? [] : ['-t', type];
    return sh`mount ${types} -o ${mountOptions(options)} -- ${source} ${path} || exit 1`;
  }
  const kind = splitOptions(options).includes('rbind') ? 'rbind' : 'bind';
  return lines([
    sh`mount -o ${kind} -- ${source} ${path} || exit 1`,
    sh`mount -o ${`remount,bind,${mountOptions(options)}`} -- ${source} ${path} || { umount -- ${path}; exit 1; }`,
  ]);
}

/** Gives a mount other options. */
export function remountScript(live: Mount, path: string, options: string): Script {
  const bind = live.root === '/' ? 'remount' : 'remount,bind';
  return sh`mount -o ${`${bind},${mountOptions(options)}`} -- ${live.source} ${path} || exit 1`;
}

/** Gives a mount the options back that it had: its flags as seen, the rest as fstab had it. */
export function remountBack(live: Mount, path: string, before: string | undefined): Script {
  return remountScript(live, path, [before ?? '', ...flagWords(liveFlags(live))].join(','));
}

/** Unmounts, never lazily; where it is in use, says by whom. */
export function umountScript(path: string): Script {
  return lines([holders, sh`umount -- ${path} || { holders ${path}; exit 1; }`]);
}

// `fuser` is not everywhere. The links of /proc are listed at once; a name with a line end only hides its own row.
const holders = sh`holders() {
m=$1
{
ls -ld /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe
ls -l /proc/[0-9]*/fd
} 2>/dev/null | while IFS= read -r l; do
case $l in /proc/*/fd:) p=\${l#/proc/}; p=\${p%/fd:}; continue;; esac
case $l in *" -> $m"|*" -> $m/"*) ;; *) continue;; esac
case $l in
*' /proc/'*/cwd' -> '*) w=cwd;; *' /proc/'*/root' -> '*) w=root;; *' /proc/'*/exe' -> '*) w=program;;
*) w=; f=\${l#*" -> "};;
esac
if [ -n "$w" ]; then q=\${l#*' /proc/'}; q=\${q%%/*} f=$w; else q=$p; fi
c=; { IFS= read -r c <"/proc/$q/comm"; } 2>/dev/null
printf 'held by process %s (%s): %s\\n' "$q" "$c" "$f"
done >&2
}`;

/** How a mount comes back once it is gone, as far as that is known. `entry` is fstab's for it, or what was asked for. */
export function mountBack(live: Mount, entry: Mounting | undefined): Undo {
  const { path, type, source, root, superOptions } = live;
  // A directory that is bound stays where it is.
  const isOnlyPlace = root === '/' && !(entry && isBind(entry.options));
  if (isOnlyPlace && (type === 'tmpfs' || type === 'ramfs'))
    return { impossible: `what is on ${path} lies in memory (${type}), and goes when it is unmounted` };
  const flags = flagWords(liveFlags(live)).join(',');
  if (entry) return mountScript({ ...entry, path, options: `${entry.options},${flags}` });
  if (root !== '/')
    return { impossible: `which directory of ${source} was mounted on ${path} is in no fstab` };
  if (source.startsWith('/dev/loop')) return { impossible: `which file ${source} stood for is in no fstab` };
  if (!local.has(type))
    return { impossible: `${path} is in no fstab, and all options of ${type} cannot be read back` };
  const own = superOptions.filter((option) => !['rw', 'ro', 'seclabel'].includes(option));
  return mountScript({ source, path, type, options: [...own, flags].join(',') });
}

const local = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat', 'exfat', 'iso9660', 'squashfs', 'udf'],
  ...['proc', 'sysfs', 'devpts', 'mqueue', 'debugfs', 'tracefs', 'hugetlbfs', 'configfs', 'securityfs'],
]);
