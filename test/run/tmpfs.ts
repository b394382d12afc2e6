import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this machine lets the tests mount a small file system: that needs root, and not in every container. */
export const canMount = process.getuid?.() === 0 && process.platform === 'linux' && tryMount();

/** Mounts a file system of so many KiB over a folder; gives what takes it away again. */
export function mountSmall(folder: string, kibibytes: number): () => void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'fettle-test', folder], {
    stdio: 'pipe',
  });
  return () => execFileSync('umount', ['-l', folder]);
}

function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-mount-'));
  try {
    mountSmall(folder, 64)();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
