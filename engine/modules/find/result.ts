import type { Entry } from './walk.ts';

/** An entry as `register` holds it, in Ansible's words. */
export function describeEntry(entry: Entry): Record<string, unknown> {
  const bytes = Buffer.from(entry.path, 'latin1');
  const path = bytes.toString('utf8');
  return {
    path,
    ...(Buffer.from(path, 'utf8').equals(bytes) ? {} : { path_base64: bytes.toString('base64') }),
    size: entry.size,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    pw_name: entry.owner,
    gr_name: entry.group,
    atime: entry.atime,
    mtime: entry.mtime,
    ctime: entry.ctime,
    inode: Number(entry.inode),
    dev: Number(entry.device),
    nlink: entry.links,
    isreg: entry.kind === 'file',
    isdir: entry.kind === 'directory',
    islnk: entry.kind === 'link',
    isfifo: entry.kind === 'fifo',
    issock: entry.kind === 'socket',
    isblk: entry.kind === 'block',
    ischr: entry.kind === 'char',
  };
}
