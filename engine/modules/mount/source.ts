import { joinPath } from '../../contract/host_path.ts';
import type { MountSourceAnswer } from '../../facts/mount_source.ts';
import type { Mount } from '../../facts/mounts.ts';
import { isBind } from './options.ts';

/** What is to be mounted, and what that is on the host. */
export interface WantedSource {
  readonly source: string;
  readonly type: string;
  readonly options: string;
  readonly found: MountSourceAnswer;
  /** The mount that holds the source, where that is a path. */
  readonly holder: Mount | null;
}

/** Whether a live mount is of what is wanted, by its device and not by its name. */
export function isMountOf(wanted: WantedSource, live: Mount): boolean {
  const { source, type, options, found, holder } = wanted;
  if (isBind(options)) {
    const real = found.real ?? source;
    // In a chroot nobody holds the root.
    return holder === null ? live.root.endsWith(real) : isPartOf(real, holder, live);
  }
  if (withoutDevice.has(type)) return live.type === type;
  switch (found.kind) {
    case 'block':
      return found.devices.includes(live.device) || live.source === found.real || live.source === source;
    case 'file':
      return found.devices.includes(live.device);
    default:
      return live.source.replace(/\/+$/, '') === source.replace(/\/+$/, '');
  }
}

/** Types whose source is only a name. */
export const withoutDevice: ReadonlySet<string> = new Set([
  ...['tmpfs', 'ramfs', 'proc', 'sysfs', 'devpts', 'devtmpfs', 'mqueue', 'hugetlbfs', 'debugfs', 'tracefs'],
  ...[
    'securityfs',
    'configfs',
    'pstore',
    'efivarfs',
    'bpf',
    'cgroup',
    'cgroup2',
    'binfmt_misc',
    'overlay',
    'rpc_pipefs',
  ],
]);

function isPartOf(source: string, holder: Mount, live: Mount): boolean {
  const within = source === holder.path ? '/' : source.slice(holder.path === '/' ? 0 : holder.path.length);
  return live.device === holder.device && live.root === joinPath(holder.root, within);
}
