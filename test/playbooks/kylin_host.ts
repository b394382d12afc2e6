import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LabHost } from '../hosts/lab_host.ts';
import { bringPrograms } from '../laws/programs.ts';

export const bad = '4.19.90-52.39.v2207.ky10.x86_64';
export const good = '4.19.90-52.40.v2207.ky10.x86_64';

/*
 * A host that says it is a Kylin V10 SP3 with its affected kernel. Real: dnf, rpm, the kernels' packages, grub-editenv. Stand-ins,
 * since no such system can be booted here: grubby (grubby(8)), what GRUB does at boot (the lines of 00_header on next_entry and
 * saved_entry), `uname -r`, and conntrack with the answers that conntrack(8) and the bug give.
 */

const menuOf = `#!/bin/sh
# The menu as new-kernel-pkg and grubby leave it: titles, newest first, ids copied.
{
cat <<'HEAD'
if [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="\${saved_entry}"
fi
HEAD
ls /boot | sed -n 's/^vmlinuz-//p' | sort -rV | while read -r release; do
echo "menuentry 'Kylin Linux Advanced Server ($release) V10 (Lance)' --class kylin --unrestricted \\$menuentry_id_option 'gnulinux-${bad}-advanced-1' {"
echo "	linux	/vmlinuz-$release root=/dev/mapper/klas-root ro crashkernel=1024M panic=10"
echo '}'
done
} >/boot/grub2/grub.cfg
`;

const kernelInstall = `#!/bin/sh
# What the scriptlets of the kernels' packages come to; UPDATEDEFAULT=yes.
sh /usr/lib/lab/menu
case $1 in
add) grubby --set-default="/boot/vmlinuz-$2";;
remove) rm -f "/boot/vmlinuz-$2"; sh /usr/lib/lab/menu;;
esac
`;

const grubby = `#!/bin/sh
env=/boot/grub2/grubenv
titles() { sed -n "s/^menuentry '\\([^']*\\)'.*/\\1/p" /boot/grub2/grub.cfg; }
for word; do
case $word in
--default-kernel)
title=$(grub2-editenv $env list | sed -n 's/^saved_entry=//p')
titles | grep -qxF "$title" || title=$(titles | head -n 1)
release=\${title#*(}; echo "/boot/vmlinuz-\${release%%)*}";;
--set-default=*) grub2-editenv $env set "saved_entry=Kylin Linux Advanced Server (\${word#*vmlinuz-}) V10 (Lance)";;
*) exit 1;;
esac
done
`;

// Process 1 runs it before sshd. A kernel that is listed in /etc/lab/panics does not come up: panic=10 resets the machine.
const grub = `#!/bin/sh
env=/boot/grub2/grubenv
value() { grub2-editenv $env list | sed -n "s/^$1=//p"; }
for turn in 1 2 3; do
title=$(value next_entry)
if [ -n "$title" ]; then grub2-editenv $env set next_entry=; else title=$(value saved_entry); fi
release=\${title#*(}; release=\${release%%)*}
echo "$release" >>/var/log/boots
if ! grep -qsxF "$release" /etc/lab/panics; then echo "$release" >/run/kernel; exit; fi
done
`;

const uname = `#!/bin/sh
case $1 in
-r) cat /run/kernel;;
-rvm) echo "$(cat /run/kernel) #1 SMP Tue Mar 14 12:19:10 CST 2023 x86_64";;
*) exec uname.real "$@";;
esac
`;

const conntrack = `#!/bin/sh
case $1 in
-I) echo 'conntrack v1.4.6 (conntrack-tools): 1 flow entries have been created.' >&2;;
-D) case $(uname -r):$(cat /etc/lab/still-bad 2>/dev/null) in
*-52.39.*|*:yes) echo 'conntrack v1.4.6 (conntrack-tools): Operation failed: Operation not supported' >&2; exit 1;;
*) echo 'conntrack v1.4.6 (conntrack-tools): 1 flow entries have been deleted.' >&2;;
esac;;
esac
`;

/** Makes the host such a Kylin; the kernels' repository is furnished, none of them is installed. */
export async function makeKylin(host: LabHost, ssh: (command: string) => Promise<string>): Promise<void> {
  const files = await host.files();
  const put = async (path: string, text: string, mode = 0o755) => {
    await mkdir(dirname(join(files, path)), { recursive: true });
    await writeFile(join(files, path), text, { mode });
  };
  bringPrograms(files, ['/usr/bin/grub-editenv']);
  await put('usr/lib/lab/menu', menuOf);
  await put('usr/lib/lab/kernel-install', kernelInstall);
  await put('usr/lib/lab/grub', grub);
  await put('usr/sbin/grubby', grubby);
  await put('usr/sbin/conntrack', conntrack);
  await put('usr/lib/lab/uname', uname);
  await ssh(`set -e
mv /usr/bin/grub-editenv /usr/bin/grub2-editenv
mkdir -p /boot/grub2
# The real packages say it themselves, by "Provides: installonlypkg(kernel)".
echo installonlypkgs=kernel,kernel-core,kernel-modules >>/etc/dnf/dnf.conf
grub2-editenv /boot/grub2/grubenv create
dnf -q -y install kernel-${bad} >/dev/null
rm /etc/debian_version
printf 'NAME="Kylin Linux Advanced Server"\\nVERSION="V10 (Lance)"\\nID="kylin"\\nVERSION_ID="V10"\\n' >/usr/lib/os-release
sed -i '1i sh /usr/lib/lab/grub' /etc/lab/start
mv /usr/bin/uname /usr/bin/uname.real
mv /usr/lib/lab/uname /usr/bin/uname
sh /usr/lib/lab/grub
: >/var/log/boots`);
}
