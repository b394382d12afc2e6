import { sh } from '../shell/script.ts';

/** Shell text that puts the folder of the policy that is configured into `d` (/etc/selinux/targeted), by built-ins alone. */
export const policyFolder = sh`d=
if [ -r /etc/selinux/config ]; then
while IFS= read -r l || [ -n "$l" ]; do
case $l in SELINUXTYPE=*) l=\${l#*=}; l=\${l%%[!A-Za-z0-9_.-]*}; d=/etc/selinux/$l;; esac
done </etc/selinux/config
fi`;

/** The same, and the folder that semodule(8) keeps it in into `s` (/var/lib/selinux/targeted/active; on EL7 below /etc). */
export const policyStore = sh`${policyFolder}
s=
for p in "/var/lib/selinux/\${d##*/}/active" "$d/active" "$d/modules/active"; do
if [ -n "$d" ] && [ -d "$p" ]; then s=$p; break; fi
done`;
