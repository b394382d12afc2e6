import { spawnSync } from 'node:child_process';
import type { Entry } from './law_case.ts';

/*
 * GRUB's tools as far as the state goes that they keep. The real ones are tried on hosts of the lab and in a virtual machine;
 * grubby, which Debian does not have, only here: it keeps to grubby(8).
 */

// A block of 1,024 bytes: "# GRUB Environment Block", NAME=VALUE, then only "#".
const editenv = `#!/bin/sh
umask 022
f=$1 verb=$2; shift 2
rows=; if [ -e "$f" ]; then rows=$(grep -v '^#' "$f"); fi
case $verb in list) if [ -n "$rows" ]; then printf '%s\\n' "$rows"; fi; exit 0;; esac
for a; do
n=\${a%%=*} kept= seen=
while IFS= read -r l; do
case $l in
'') continue;;
"$n="*) if [ $verb = unset ]; then continue; fi; l=$a seen=1;;
esac
kept="$kept$l
"
done <<ROWS
$rows
ROWS
if [ $verb = set ] && [ -z "$seen" ]; then kept="$kept$a
"; fi
rows=$kept
done
{ echo '# GRUB Environment Block'; printf '%s' "$rows"; } >"$f.new"
n=$(wc -c <"$f.new")
awk -v n=$n 'BEGIN { while (n++ < 1024) printf "#" }' >>"$f.new"
cat "$f.new" >"$f"; rm "$f.new"
`;

const grubby = `#!/bin/sh
cd /boot/loader/entries || exit 1
env=/boot/grub2/grubenv
image() { sed -n 's,^linux ,/boot,p' "$1"; }
each() { for f in *.conf; do case $f in *0-rescue*) ;; *) "$@" "$f";; esac; done; }
change() {
o=$(sed -n 's/^options //p' "$1") n=
for w in $o; do
k=\${w%%=*}
for r in $remove; do case $w in "$r"|"$r="*) continue 2;; esac; done
for s in $args; do case $s in "$w") ;; "$k="*) continue 2;; esac; done
n="$n\${n:+ }$w"
done
for s in $args; do case " $n " in *" $s "*) ;; *) n="$n $s";; esac; done
sed "s|^options .*|options $n|" "$1" >/tmp/bls; cat /tmp/bls >"$1"; rm /tmp/bls
}
args= remove= what=
for a; do
case $a in
--default-kernel)
saved=$(grub2-editenv $env list | sed -n 's/^saved_entry=//p')
if [ -e "$saved.conf" ]; then image "$saved.conf"; else image "$(ls | grep -v 0-rescue | tail -n 1)"; fi;;
--set-default=*)
for f in *.conf; do if [ "$(image "$f")" = "\${a#*=}" ]; then grub2-editenv $env set "saved_entry=\${f%.conf}"; exit; fi; done
echo "The param \${a#*=} is incorrect" >&2; exit 1;;
--update-kernel=ALL) what=all;;
--args=*) args=\${a#*=};;
--remove-args=*) remove=\${a#*=};;
esac
done
if [ -n "$what" ]; then each change; fi
`;

// Debian's menu: the newest kernel, then all of them in a menu of their own.
const updateGrub = `#!/bin/sh
umask 022
export LC_ALL=C
GRUB_DEFAULT=0
. /etc/default/grub
d=$GRUB_DEFAULT; case $d in saved) d='\${saved_entry}';; esac
entry() { printf "%smenuentry '%s' --class gnu-linux \\$menuentry_id_option '%s' {\\n%s\\tlinux\\t/boot/vmlinuz-%s root=UUID=1 ro %s\\n%s}\\n" "$4" "$1" "$2" "$4" "$3" "$GRUB_CMDLINE_LINUX\${GRUB_CMDLINE_LINUX_DEFAULT:+ $GRUB_CMDLINE_LINUX_DEFAULT}" "$4"; }
{
printf 'if [ "\${next_entry}" ] ; then\\n   set default="\${next_entry}"\\n   set next_entry=\\n   save_env next_entry\\nelse\\n   set default="%s"\\nfi\\n' "$d"
all=; for f in /boot/vmlinuz-*; do all="\${f#/boot/vmlinuz-} $all"; done
set -- $all
entry 'Debian GNU/Linux' gnulinux-simple-1 "$1" ''
echo "submenu 'Advanced options for Debian GNU/Linux' \\$menuentry_id_option 'gnulinux-advanced-1' {"
for r; do
entry "Debian GNU/Linux, with Linux $r" "gnulinux-$r-advanced-1" "$r" '	'
entry "Debian GNU/Linux, with Linux $r (recovery mode)" "gnulinux-$r-recovery-1" "$r" '	'
done
echo '}'
} >/boot/grub/grub.cfg
`;

/** grubenv with variables in it. */
export function grubenv(variables: Readonly<Record<string, string>>): string {
  const rows = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  return `# GRUB Environment Block\n${rows.join('')}`.padEnd(1024, '#');
}

/** A host as Red Hat's are since 8: the menu is made of files, the newest release of them first; grubby is there. */
export function blsHost(
  releases: readonly string[],
  variables: Readonly<Record<string, string>>,
  options = 'root=/dev/vda1 ro',
): Readonly<Record<string, Entry>> {
  return {
    'boot/grub2/grub.cfg': `${nextEntry}insmod blscfg\nblscfg\n`,
    'boot/grub2/grubenv': grubenv(variables),
    ...Object.fromEntries(
      releases.flatMap((release) => [
        [`boot/vmlinuz-${release}`, release],
        [
          `boot/loader/entries/0123-${release}.conf`,
          `title Red Hat Enterprise Linux (${release})\nversion ${release}\nlinux /vmlinuz-${release}\ninitrd /initramfs-${release}.img\noptions ${options}\n`,
        ],
      ]),
    ),
    'sbin/grub2-editenv': { program: editenv },
    'sbin/grubby': { program: grubby },
  };
}

/** A package of rpm's for each of some releases, which goes with what it has in /boot. */
export function kernelRpms(releases: readonly string[]): Readonly<Record<string, Entry>> {
  return {
    'usr/bin/rpm': { program: rpm },
    'var/lib/fake': 'folder',
    ...Object.fromEntries(releases.map((release) => [`var/lib/fake/${release}`, ''])),
  };
}

const rpm = `#!/bin/sh
cd /var/lib/fake || exit 1
case $1 in
-qa) for r in *; do echo "kernel-core|$r"; done; echo 'kernel-headers|9.9-9.x86_64';;
-e) shift 2; for n; do r=\${n#kernel-core-}; rm "$r" "/boot/vmlinuz-$r" /boot/loader/entries/*-"$r.conf" || exit 1; done;;
esac
`;

const nextEntry =
  'if [ "${next_entry}" ] ; then\n   set default="${next_entry}"\n   set next_entry=\n   save_env next_entry\nelse\n   set default="${saved_entry}"\nfi\n';

/** A host of Debian; its grub.cfg is made by `makeMenu`. */
export function debianHost(
  releases: readonly string[],
  variables: Readonly<Record<string, string>> | null,
  defaults: string,
): Readonly<Record<string, Entry>> {
  return {
    'etc/debian_version': '12\n',
    'etc/default/grub': defaults,
    'boot/grub/fonts': 'folder',
    ...(variables === null ? {} : { 'boot/grub/grubenv': grubenv(variables) }),
    ...Object.fromEntries(releases.map((release) => [`boot/vmlinuz-${release}`, release])),
    'sbin/grub-editenv': { program: editenv },
    'sbin/update-grub': { program: updateGrub },
  };
}

/** Runs the host's own update-grub. */
export function makeMenu(root: string): void {
  const { status, stderr } = spawnSync('chroot', [root, '/bin/busybox', 'sh', '/sbin/update-grub'], {
    encoding: 'utf8',
    env: { PATH: '/sbin:/bin' },
  });
  if (status !== 0) throw new Error(stderr);
}
