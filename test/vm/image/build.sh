#!/bin/sh
# Builds what virtual machines start from, on Debian as root, in a mount and pid namespace of its own: build.sh TARGET
# Leaves in TARGET: root.raw (one ext4, no partitions), KIND.grub (started like a kernel), kernels.json, host_key.pub, id_ed25519, runs/.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
target=$1
root=$target/root
began=$(date +%s)

say() { echo "image: $(($(date +%s) - began)) s: $*"; }

mount --make-rprivate /
mkdir -p "$target/runs" "$target/debs"
cd "$target"

say 'root file system'
# Only Debian's own source: others need keys that the new root does not have.
sources=${FETTLE_LAB_SOURCES:-/etc/apt/sources.list.d/debian.sources}
[ -e "$sources" ] || sources=/etc/apt/sources.list
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
packages=systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,sudo,procps,psmisc,kmod,iproute2,iputils-ping,attr,acl
packages=$packages,grub-common,grub2-common,linux-base,keepalived,auditd
packages=$packages,selinux-policy-default,policycoreutils,policycoreutils-python-utils,semodule-utils,checkpolicy
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='force-unsafe-io' \
  "$suite" "$root" "$sources" </dev/null

say 'kernels'
# The release that a metapackage leads to.
leads_to() { apt-cache depends "$1" 2>/dev/null | sed -n 's/.*Depends: linux-image-//p' | head -n 1; }
newer=$(leads_to linux-image-6.12-cloud-amd64)
if [ -n "$newer" ]; then
  old=$(leads_to linux-image-cloud-amd64)
else
  pair=$(apt-cache search --names-only '^linux-image-[0-9.]*-[0-9]*-cloud-amd64$' | sed 's/ .*//; s/^linux-image-//' | sort -V | tail -n 2)
  old=$(echo "$pair" | head -n 1) newer=$(echo "$pair" | tail -n 1)
fi
# A higher patch level than there will ever be.
raised() { echo "$1" | sed -E 's/^([0-9]+\.[0-9]+\.)[0-9]+/\1999/'; }
broken=$(raised "$newer")
echo "{ \"old\": \"$old\", \"newer\": \"$newer\", \"broken\": \"$broken\" }" >kernels.json
(cd debs && apt-get -qq -o APT::Sandbox::User=root download "linux-image-$old" "linux-image-$newer")

# unpack RELEASE: a package's files, without the modules that no small machine needs, and with an initrd.
unpack() {
  dpkg-deb -R debs/linux-image-"$1"_*.deb "debs/$1"
  sed -i -E '/^(Depends|Pre-Depends|Recommends|Suggests|Breaks|Built-Using|Installed-Size):/d' "debs/$1/DEBIAN/control"
  sed -i '/^Package:/a Depends: kmod, linux-base' "debs/$1/DEBIAN/control"
  rm "debs/$1/DEBIAN/md5sums"
  modules=debs/$1/lib/modules/$1
  (cd "$modules/kernel" && find . -type f ! -path './net/core/*' ! -path './net/ipv[46]/*' ! -path './net/netfilter/*' \
    ! -path './net/bridge/*' ! -path './net/802*' ! -path './net/llc/*' ! -path './net/packet/*' ! -path './lib/*' \
    ! -path './crypto/*' ! -path '*/virtio*' ! -path './drivers/net/[dvnf]*.ko*' ! -path './drivers/char/*' \
    ! -path './fs/overlayfs/*' ! -path './fs/fuse/*' -delete)
  rm -rf "debs/$1/usr/share"
  find "debs/$1" -type d -empty -delete
  # Unpacked: a slow machine is to index them.
  find "$modules" -name '*.ko.xz' -exec xz -d {} +
  rm -rf "$root/lib/modules/$1"
  mkdir -p "$root/lib/modules"
  cp -a "$modules" "$root/lib/modules/"
  chroot "$root" depmod "$1"
  pack_initrd "$1" >"debs/$1/boot/initrd.img-$1"
  rm -rf "$root/lib/modules/$1"
}

# pack_initrd RELEASE: busybox, the drivers of disk and network, and init.
pack_initrd() {
  rm -rf initrd
  mkdir -p initrd/bin initrd/modules
  cp "$(command -v busybox)" initrd/bin/busybox
  cp "$here/init" initrd/init
  chmod 0755 initrd/init
  for module in virtio_pci virtio_blk virtio_net; do
    chroot "$root" modprobe -S "$1" --show-depends "$module"
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >initrd/order
  while read -r file; do
    cp "$root$file" initrd/modules/
  done <initrd/order
  sed -i 's|.*/||' initrd/order
  (cd initrd && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1)
}

unpack "$old"
unpack "$newer"

# The newer kernel under a higher release, with an initrd that is none.
cp -a "debs/$newer" "debs/$broken"
version=$(sed -n 's/^Version: //p' "debs/$newer/DEBIAN/control")
escaped=$(echo "$newer" | sed 's/[.]/\\&/g')
sed -i "s/$escaped/$broken/g; s/^Version: .*/Version: $(raised "$version")/" "debs/$broken"/DEBIAN/*
mv "debs/$broken/lib/modules/$newer" "debs/$broken/lib/modules/$broken"
for file in "debs/$broken"/boot/*"$newer"; do mv "$file" "${file%"$newer"}$broken"; done
head -c 100000 /dev/urandom >"debs/$broken/boot/initrd.img-$broken"

# metapackage RELEASE
metapackage() {
  mkdir -p "debs/meta-$1/DEBIAN"
  cat >"debs/meta-$1/DEBIAN/control" <<CONTROL
Package: linux-image-cloud-amd64
Source: linux-signed-amd64
Version: $(sed -n 's/^Version: //p' "debs/$1/DEBIAN/control")
Architecture: amd64
Maintainer: nobody <nobody@localhost>
Section: kernel
Priority: optional
Depends: linux-image-$1
Description: Linux for x86-64 cloud (meta-package)
CONTROL
}
metapackage "$old"
metapackage "$newer"

kernels=$root/srv/kernels
mkdir -p "$kernels"
for folder in "$old" "$newer" "$broken" "meta-$old" "meta-$newer"; do
  # Not packed: a slow machine is to unpack it.
  dpkg-deb --root-owner-group -Znone -b "debs/$folder" "$kernels" >/dev/null
done
(cd "$kernels" && dpkg-scanpackages -m . >Packages 2>/dev/null)

say 'settings'
mv "$root/usr/sbin/update-grub" "$root/usr/sbin/update-grub.debian"
cp -r --no-preserve=ownership "$here/files/." "$root/"
id=$(cat /proc/sys/kernel/random/uuid)
sed -i "s/@UUID@/$id/" "$root/usr/sbin/update-grub"
chmod 0755 "$root/usr/sbin/update-grub"
rm -f "$root"/etc/apt/sources.list.d/* "$root"/etc/resolv.conf "$root"/etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -C '' -f id_ed25519
ssh-keygen -q -t ed25519 -N '' -C '' -f "$root/etc/ssh/ssh_host_ed25519_key"
cp "$root/etc/ssh/ssh_host_ed25519_key.pub" host_key.pub
mkdir -m 0700 -p "$root/root/.ssh"
mv id_ed25519.pub "$root/root/.ssh/authorized_keys"
sed -i 's/^SELINUX=.*/SELINUX=enforcing/' "$root/etc/selinux/config"
cp "$here/keepalived.cil" "$root/root/"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
chroot "$root" /bin/sh -eu <<'INSIDE'
usermod -s /bin/bash -p '*' root
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
systemctl -q mask getty.target console-getty.service systemd-networkd.service systemd-networkd.socket systemd-timesyncd.service \
  systemd-resolved.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service dpkg-db-backup.timer \
  systemd-pstore.service selinux-autorelabel-mark.service dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  modprobe@dm_mod.service modprobe@loop.service modprobe@configfs.service modprobe@drm.service modprobe@efi_pstore.service \
  modprobe@fuse.service sys-fs-fuse-connections.mount systemd-binfmt.service user@.service \
  kmod-static-nodes.service systemd-random-seed.service systemd-update-utmp.service systemd-update-utmp-runlevel.service
systemctl -q disable keepalived.service
systemctl -q enable ssh.service vm-network.service auditd.service
mkdir -p /boot/grub /usr/libexec/keepalived
grub-editenv /boot/grub/grubenv create
apt-get -qq update
apt-get -qq -o Dpkg::Use-Pty=0 install -y linux-image-cloud-amd64="$(apt-cache madison linux-image-cloud-amd64 | cut -d '|' -f 2 | tail -n 1 | tr -d ' ')" >/dev/null
update-grub
apt-get clean
# The whole policy takes half a minute to build anew in the machine, what tests and the machine need a quarter of that.
needed='apache|apt|base|bootloader|clock|cron|getty|hostname|iptables|loadkeys|lvm|mta|netlabel|netutils|nscd|setrans|shutdown|ssh|staff|su|sudo'
needed="$needed|tzdata|unconfined|unprivuser|userhelper|xdg|xserver"
semodule -n -X 100 $(ls /var/lib/selinux/default/active/modules/100 | grep -vxE "$needed" | sed 's/^/-r /') 2>/dev/null
semodule -n -i /root/keepalived.cil
rm /root/keepalived.cil
rm -rf /tmp/* /var/tmp/* /var/log/*.log /var/log/apt
setfiles -F -e /proc -e /run /etc/selinux/default/contexts/files/file_contexts /
INSIDE
umount "$root/proc" "$root/run"
[ "$(ls "$root/boot" | grep -c vmlinuz)" = 1 ] && [ -e "$root/boot/vmlinuz-$old" ]

say 'disk and boot loader'
truncate -s 3G root.raw
mke2fs -q -F -t ext4 -L fettle -U "$id" -O '^metadata_csum_seed,^orphan_file' -E assume_storage_prezeroed=1 -d root root.raw
# boot_loader KIND WORDS: what GRUB is when it starts as if it were a kernel; WORDS end each kernel's command line.
boot_loader() {
  cat >core.cfg <<CFG
serial --unit=0 --speed=115200
terminal_output serial
search --no-floppy --label fettle --set=root
set prefix=(\$root)/boot/grub
set machine="$2"
export machine
CFG
  grub-mkimage -O i386-pc -o core.img -c core.cfg -p /boot/grub biosdisk ext2 normal configfile loadenv linux search \
    search_label test echo reboot halt regexp serial terminal sleep minicmd ls cat true
  cat /usr/lib/grub/i386-pc/lnxboot.img core.img >"$1.grub"
}
boot_loader selinux 'security=selinux selinux=1 enforcing=1'
boot_loader kernels 'selinux=0'

rm -rf root debs initrd core.cfg core.img
say 'done'
