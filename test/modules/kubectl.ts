import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Debian's kubectl (package kubernetes-client), unpacked beside the lab's roots and kept, since another kubectl may be installed;
 * that one where the package cannot be had; null where there is none at all.
 */
export async function findKubectl(): Promise<string | null> {
  const cache = join(process.env['FETTLE_LAB_CACHE'] ?? '/var/cache/fettle-lab', 'kubernetes-client');
  const unpacked = join(cache, 'root/usr/bin/kubectl');
  const script =
    '[ -e "$1/root" ] && exit; cd "$1" && apt-get download -q kubernetes-client && dpkg-deb -x kubernetes-client_*.deb new && rm kubernetes-client_*.deb && mv new root';
  try {
    if (!existsSync(unpacked)) {
      await mkdir(cache, { recursive: true });
      await execute('flock', [`${cache}/lock`, 'sh', '-c', script, 'unpack', cache]);
    }
    return unpacked;
  } catch {
    return ['/usr/bin/kubectl', '/usr/local/bin/kubectl'].find((path) => existsSync(path)) ?? null;
  }
}
