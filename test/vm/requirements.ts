import { userInfo } from 'node:os';
import { installed } from '../hosts/lab_requirements.ts';

/** What a virtual machine needs and this one does not have, in words; null where all is there. */
export function vmMissing(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Linux on x86-64';
  if (userInfo().uid !== 0) return 'root';
  const programs = [
    ...['qemu-system-x86_64', 'qemu-img', 'mmdebstrap', 'mke2fs', 'grub-mkimage', 'apt-get'],
    ...['dpkg-deb', 'dpkg-scanpackages', 'busybox', 'setpriv', 'unshare', 'flock', 'ssh-keygen'],
  ];
  const missing = programs.filter((program) => !installed(program));
  return missing.length === 0 ? null : missing.join(', ');
}
