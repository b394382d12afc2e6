import { noted } from '../contract/change.ts';
import { lines, sh, type Script } from '../shell/script.ts';

/*
 * Kernels among packages. An installed one becomes what is booted by default (UPDATEDEFAULT=yes of RHEL, Kylin, openEuler),
 * and one that goes leaves a default that names nothing: so a transaction with kernels notes the default, and its undo
 * gives it back. None goes from under itself.
 */

/** Whether a name is that of a kernel's package, as rpm has them. */
export function isKernelPackage(name: string): boolean {
  return /^kernel(-|\.|$)/.test(name);
}

/** Whether a package of rpm's is one that a kernel cannot run without: not its headers, which may have its very version. */
export function isKernelItself(name: string): boolean {
  return /^kernel(-(rt|64k|debug|uek))?(-(core|modules|modules-core))?$/.test(name);
}

/** A shell function: `default_entry` tells what grubenv names as the default, `default_entry VALUE` sets it. */
const defaultEntry = sh`default_entry() { (
PATH=$PATH:/usr/sbin:/sbin
for f in /boot/grub2/grubenv /boot/grub/grubenv; do
[ -f "$f" ] || continue
for e in grub2-editenv grub-editenv; do
command -v $e >/dev/null 2>&1 || continue
if [ $# -gt 0 ]; then $e "$f" set "saved_entry=$1"; else $e "$f" list | sed -n 's/^saved_entry=//p'; fi
exit
done
done
) }`;

/** Notes the default before (`when` is "before") and after a transaction. */
export function noteDefault(when: 'before' | 'after'): Script {
  return lines([defaultEntry, sh`default_entry >${noted(`default.${when}`)}`]);
}

/** Gives the default back after the undo of a transaction, where nobody has chosen another one since. */
export const giveDefaultBack: Script = lines([
  defaultEntry,
  sh`if [ -s ${noted('default.before')} ] && [ "$entry" = "$(cat ${noted('default.after')})" ]; then default_entry "$(cat ${noted('default.before')})" || exit 1; fi`,
]);

/** Sets `entry` to the default as it is before the undo changes anything. */
export const readDefault: Script = lines([defaultEntry, sh`entry=$(default_entry)`]);

/** Exits where a package of rpm's ("kernel-core-5.14.0-427.el9.x86_64") or dpkg's (a name), in the parameters, is the kernel that runs. */
export const refuseRunning: Script = sh`u=$(uname -r)
for l do case $l in
kernel-"$u"|kernel-core-"$u"|kernel-modules-"$u"|kernel-modules-core-"$u"|kernel-uek-"$u"|kernel-uek-core-"$u"|linux-image-"$u"|linux-image-unsigned-"$u"|linux-modules-"$u") echo "$l would go, and it is the kernel that runs: boot another one first (the modules kernel and reboot), then take this back again" >&2; exit 1;;
esac; done`;
