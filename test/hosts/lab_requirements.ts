import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { userInfo } from 'node:os';

/** What a lab of namespace hosts needs and this machine does not have, in words; null where all is there. */
export function labMissing(): string | null {
  if (process.platform !== 'linux') return 'Linux';
  if (userInfo().uid !== 0) return 'root';
  const programs = [
    'unshare',
    'flock',
    'mmdebstrap',
    'busybox',
    'dropbear',
    'dropbearconvert',
    'perl',
    'systemd-nspawn',
  ];
  const missing = programs.filter((program) => !installed(program));
  return missing.length === 0 ? null : missing.join(', ');
}

/** Whether a program is on the path, /usr/sbin included. */
export function installed(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => executable(join(folder, program)));
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
