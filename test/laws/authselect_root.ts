import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './law_case.ts';

const fixtures = join(import.meta.dirname, '..', 'hosts', 'fixtures', 'pam');
const profile = readFileSync(join(fixtures, 'sssd-profile'), 'utf8');

/** A root with the stand-in for authselect and one profile; nothing is selected. */
export const authselectRoot: Readonly<Record<string, Entry>> = {
  'usr/bin/authselect': { program: readFileSync(join(fixtures, 'authselect'), 'utf8') },
  'usr/share/authselect/default/sssd/system-auth': profile,
  'usr/share/authselect/default/sssd/password-auth': profile,
  'usr/share/authselect/default/other/system-auth': '# other\n',
  'usr/share/authselect/default/other/password-auth': '# other\n',
  'etc/pam.d/system-auth': '# by hand\n',
  'etc/pam.d/password-auth': '# by hand\n',
  'etc/authselect': 'folder',
  'var/lib/authselect/backups': 'folder',
};

/** Selects the profile in such a root. */
export function selectProfile(root: string, ...features: readonly string[]): void {
  spawnSync('chroot', [root, '/usr/bin/authselect', 'select', 'sssd', ...features, '--force'], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
}
