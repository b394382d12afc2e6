#!/bin/sh
# Builds the root of the hosts that systemd runs: build_systemd.sh TARGET
set -eu
here=$(dirname "$0")
target=$1
partial=$target.systemd

packages=systemd,systemd-sysv,dbus,libpam-systemd,cron,iproute2,psmisc,keepalived
FETTLE_LAB_PACKAGES=$packages sh "$here/build_debian.sh" "$partial"

chroot "$partial" /bin/sh -eu <<'INSIDE'
# The network is the whole machine's: sshd listens where it is told to, and nothing listens for it.
systemctl -q mask ssh.socket console-getty.service getty.target systemd-networkd.service apt-daily.timer \
  apt-daily-upgrade.timer e2scrub_all.timer dpkg-db-backup.timer
systemctl -q disable keepalived.service cron.service
systemctl -q enable ssh.service
rm -f /etc/lab/start
INSIDE
mv "$partial" "$target"
