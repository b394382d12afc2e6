import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type HostKind = 'debian' | 'busybox' | 'systemd';

/**
 * The read-only root of a kind of host, built once (Debian's takes half a minute) and kept under
 * /var/cache/fettle-lab or `$FETTLE_LAB_CACHE`; a changed build script makes a new one.
 */
export async function labRoot(kind: HostKind): Promise<string> {
  const cache = process.env['FETTLE_LAB_CACHE'] ?? '/var/cache/fettle-lab';
  const script = join(import.meta.dirname, 'lab', `build_${kind}.sh`);
  const version = createHash('sha256')
    .update(await readFile(script))
    // What the systemd root is built upon.
    .update(kind === 'systemd' ? await readFile(join(import.meta.dirname, 'lab', 'build_debian.sh')) : '')
    .update(await readFile('/etc/os-release'))
    .digest('hex');
  const root = join(cache, `${kind}-${version.slice(0, 12)}`);
  await mkdir(cache, { recursive: true });
  // The lock lets the first of several starters build, while the others wait for it.
  const build = '[ -d "$2" ] || exec sh "$1" "$2"';
  await execute('flock', [`${root}.lock`, 'sh', '-c', build, 'build', script, root], { maxBuffer: 1 << 26 });
  return root;
}
