import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { labRoot } from './lab_root.ts';

const execute = promisify(execFile);

const packages = 'dnf,dnf-plugins-core,rpm,createrepo-c';

/** The lab's Debian root (or the one that systemd runs) with dnf, its versionlock, rpm and createrepo_c in it; built once, kept beside the lab's. */
export async function dnfRoot(kind: 'debian' | 'systemd' = 'debian'): Promise<string> {
  const version = createHash('sha256').update(packages).digest('hex').slice(0, 8);
  const root = `${await labRoot(kind)}-dnf-${version}`;
  const scripts = join(import.meta.dirname, 'lab');
  const build = '[ -d "$3" ] || sed "s/^packages=/&$4,/; s|^here=.*|here=$1|" "$1/$2" | sh -s -- "$3"';
  const words = [`${root}.lock`, 'sh', '-c', build, 'build', scripts, `build_${kind}.sh`, root, packages];
  await execute('flock', words, { maxBuffer: 1 << 26 });
  return root;
}
