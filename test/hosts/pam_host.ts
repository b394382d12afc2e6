import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabHost } from './lab_host.ts';

const fixtures = join(import.meta.dirname, 'fixtures', 'pam');

/** How the PAM of a lab host is to look. Its sshd and its libpam are Debian's own. */
export const pamKinds = ['debian', 'el7', 'rhel9', 'openeuler', 'unlocking', 'closing'] as const;
export type PamKind = (typeof pamKinds)[number];

const releases: Readonly<Record<Exclude<PamKind, 'debian'>, string>> = {
  el7: 'NAME="CentOS Linux"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n',
  rhel9: 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n',
  openeuler: 'NAME="openEuler"\nID="openEuler"\nVERSION_ID="22.03"\n',
  closing: 'NAME="openEuler"\nID="openEuler"\nVERSION_ID="22.03"\n',
  unlocking: 'NAME="Kylin Linux Advanced Server"\nID="kylin"\nVERSION_ID="V10"\n',
};

/** Puts the stacks of a system, and what it says of itself, on a host. */
export async function dressAs(host: LabHost, kind: PamKind): Promise<string> {
  const root = await host.files();
  const put = async (path: string, text: string) => {
    await rm(join(root, path), { force: true });
    await writeFile(join(root, path), text);
  };
  if (kind === 'debian') {
    // An option that was added by hand stays; without delay the test is short.
    const path = join(root, 'etc/pam.d/common-auth');
    const text = await readFile(path, 'utf8');
    // Nobody gets in by password: the module is gone, its line is not.
    await writeFile(path, `auth required pam_tally2.so deny=5\n${text.replace('nullok', 'nullok nodelay')}`);
    return root;
  }
  await put('etc/os-release', releases[kind]);
  if (kind === 'closing') await put('etc/security/faillock.conf', '');
  await rm(join(root, 'usr/sbin/pam-auth-update'));
  for (const name of ['sshd', 'su'])
    await put(`etc/pam.d/${name}`, await readFile(join(fixtures, name), 'utf8'));
  await put('etc/pam.d/sudo', await readFile(join(fixtures, 'su'), 'utf8'));
  if (kind === 'rhel9') {
    const profile = await readFile(join(fixtures, 'sssd-profile'), 'utf8');
    await mkdir(join(root, 'usr/share/authselect/default/sssd'), { recursive: true });
    await mkdir(join(root, 'etc/authselect'));
    await mkdir(join(root, 'var/lib/authselect/backups'), { recursive: true });
    await copyFile(join(fixtures, 'authselect'), join(root, 'usr/bin/authselect'));
    await chmod(join(root, 'usr/bin/authselect'), 0o755);
    const made = profile
      .split('\n')
      .filter((line) => !line.includes('{include'))
      .join('\n');
    for (const name of ['system-auth', 'password-auth']) {
      await put(`usr/share/authselect/default/sssd/${name}`, profile);
      await put(`etc/authselect/${name}`, made);
      await put(`var/lib/authselect/${name}`, made);
      await symlink(`/etc/authselect/${name}`, join(root, 'etc/pam.d', name));
    }
    await put('etc/authselect/authselect.conf', 'sssd\n');
    return root;
  }
  const stack = await stackOf(kind);
  for (const name of ['system-auth', 'password-auth']) {
    if (kind !== 'el7') await put(`etc/pam.d/${name}`, stack);
    else {
      await put(`etc/pam.d/${name}-ac`, stack);
      await symlink(`${name}-ac`, join(root, 'etc/pam.d', name));
    }
  }
  if (kind === 'el7') await asOld(root, put);
  return root;
}

async function stackOf(kind: 'el7' | 'openeuler' | 'unlocking' | 'closing'): Promise<string> {
  if (kind === 'unlocking') return readFile(join(fixtures, kind), 'utf8');
  const text = await readFile(join(fixtures, `${kind === 'el7' ? kind : 'openeuler'}-stack`), 'utf8');
  if (kind !== 'closing') return text;
  // Lets nobody in, by key neither, once the values are others.
  const closes = 'account required pam_exec.so quiet /usr/bin/test ! -s /etc/security/faillock.conf\n';
  return text.replace(/^auth.*pam_tally2.*\n/m, '').replace(/^account/m, `${closes}account`);
}

/**
 * EL7's pam_faillock takes arguments alone: here Debian's own, whose file has a name that nobody writes to. Its
 * pam_tally2, which Debian does not have, is one that lets everybody pass.
 */
async function asOld(root: string, put: (path: string, text: string) => Promise<void>): Promise<void> {
  await put('usr/sbin/authconfig', '#!/bin/sh\n');
  await chmod(join(root, 'usr/sbin/authconfig'), 0o755);
  for (const folder of await readdir(join(root, 'lib'))) {
    const modules = join(root, 'lib', folder, 'security');
    const path = join(modules, 'pam_faillock.so');
    const bytes = await readFile(path).catch(() => null);
    if (!bytes) continue;
    bytes.write('/etc/security/faillock.none', bytes.indexOf('/etc/security/faillock.conf'), 'latin1');
    await rm(path);
    await writeFile(path, bytes);
    await copyFile(join(modules, 'pam_permit.so'), join(modules, 'pam_tally2.so'));
  }
}
