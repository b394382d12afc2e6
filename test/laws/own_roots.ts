import { hostname } from 'node:os';
import { selinuxHost } from './imitated_selinux.ts';
import { withKubectl } from './imitated_kubectl.ts';
import { systemd } from './imitated_systemd.ts';
import type { Entry } from './law_case.ts';
import { accountRoot, cronFolder } from './account_root.ts';
import { authselectRoot, selectProfile } from './authselect_root.ts';
import { bringPamAuthUpdate, hasPamAuthUpdate } from './pam_auth_update_root.ts';
import { bringPrograms } from './programs.ts';
import { bringFailures, faillockRoot } from './faillock_root.ts';
import { blsHost } from './imitated_grub.ts';
import { modules } from './imitated_modules.ts';
import { sudoRoot } from './sudo_root.ts';

/** A root directory in which an example may change what it likes. */
export interface OwnRoot {
  readonly entries: Readonly<Record<string, Entry>>;
  /** Brings more into it. */
  prepare?(root: string): void;
  /** Values above those of the example. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The modules whose examples change the machine itself, each with the root in which its example runs instead. */
export const ownRoots: Readonly<Record<string, OwnRoot>> = {
  authorized_key: { entries: accountRoot },
  authselect: { entries: authselectRoot, prepare: (root) => selectProfile(root) },
  avc: { entries: selinuxHost() },
  chcon: { entries: selinuxHost({ 'srv/site/index.html': '' }) },
  cron: { entries: { ...accountRoot, ...cronFolder, 'etc/cron.d': 'folder' } },
  faillock: { entries: faillockRoot, prepare: (root) => bringFailures(root, 3) },
  group: { entries: accountRoot },
  // The kernel's name is this machine's in each new session, so that only the file can be kept.
  hostname: { entries: {}, values: { host_name: hostname() } },
  ...(hasPamAuthUpdate
    ? { pam_auth_update: { entries: { tmp: 'folder' }, prepare: bringPamAuthUpdate } as const }
    : {}),
  sefcontext: { entries: selinuxHost({ 'srv/site/index.html': '', 'etc/keepalived/check.sh': '' }) },
  kernel: {
    entries: blsHost(['5.14.0-427.el9.x86_64', '5.14.0-70.el9.x86_64'], {}),
    values: { wanted: '5.14.0-70.el9' },
  },
  kernel_cmdline: { entries: blsHost(['5.14.0-427.el9.x86_64'], {}, 'root=/dev/vda1 ro rhgb') },
  modprobe: { entries: modules() },
  kubernetes_node: { entries: withKubectl([]) },
  seboolean: {
    entries: selinuxHost({ 'var/lib/selinux/targeted/active/booleans.local': 'fettle_web=0\n' }),
    values: { boolean: 'fettle_web' },
  },
  selinux: { entries: selinuxHost() },
  semodule: {
    entries: selinuxHost({ 'var/lib/selinux/targeted/active/modules/400/other/lang_ext': 'cil' }),
  },
  sepermissive: {
    entries: selinuxHost({ 'var/lib/selinux/targeted/active/modules/400/other/lang_ext': 'cil' }),
  },
  sudoers: { entries: sudoRoot, prepare: (root) => bringPrograms(root, ['/usr/sbin/visudo']) },
  systemd_timer: { entries: systemd() },
  systemd_unit: {
    entries: systemd({ 'usr/lib/systemd/system/cron.service': '[Service]\nExecStart=/bin/true\n' }),
  },
  user: { entries: accountRoot },
};
