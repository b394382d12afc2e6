#!/bin/sh
# Builds the root that all Debian hosts share: build_debian.sh TARGET
set -eu
target=$1
partial=$target.partial
packages=openssh-server,sudo,acl,attr,procps${FETTLE_LAB_PACKAGES:+,$FETTLE_LAB_PACKAGES}

# Only Debian's own source: others need keys that the new root does not have.
sources=${FETTLE_LAB_SOURCES:-/etc/apt/sources.list.d/debian.sources}
[ -e "$sources" ] || sources=/etc/apt/sources.list
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")

rm -rf "$partial"
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  "$suite" "$partial" "$sources" </dev/null

chroot "$partial" /bin/sh -eu <<'INSIDE'
rm -f /etc/ssh/ssh_host_* /etc/hostname /etc/resolv.conf /etc/machine-id
# An account without any password is locked, and its keys are refused: '*' is no password and not locked.
usermod -s /bin/sh -p '*' root
useradd -m -u 1000 -s /bin/sh -p '*' ops
useradd -m -u 1001 -s /bin/sh -p '*' dev
echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops
echo 'dev ALL=(ALL:ALL) ALL' >/etc/sudoers.d/dev
chmod 0440 /etc/sudoers.d/ops /etc/sudoers.d/dev
cat >/etc/ssh/sshd_config.d/lab.conf <<'CONF'
PermitRootLogin prohibit-password
PasswordAuthentication yes
KbdInteractiveAuthentication yes
PrintMotd no
PrintLastLog no
UseDNS no
MaxStartups 200
CONF
mkdir -p /etc/lab
cat >/etc/lab/start <<'START'
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -o ListenAddress="$1" -o Port="$2"
START
INSIDE

mv "$partial" "$target"
