import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installed } from '../hosts/lab_requirements.ts';
import { labRoot } from '../hosts/lab_root.ts';

const execute = promisify(execFile);

/** Whether ansible-playbook is here to be compared with. */
export const hasAnsible = installed('ansible-playbook');

/** The lab's Debian root and python3, which Ansible needs on its hosts; built once, kept beside the lab's. */
export async function pythonRoot(): Promise<string> {
  const root = `${await labRoot('debian')}-python`;
  const script = join(import.meta.dirname, '..', 'hosts', 'lab', 'build_debian.sh');
  const build = '[ -d "$2" ] || sed "s/^packages=/&python3,/" "$1" | sh -s -- "$2"';
  const words = [`${root}.lock`, 'sh', '-c', build, 'build', script, root];
  await execute('flock', words, { maxBuffer: 1 << 26 });
  return root;
}
