#!/bin/sh
# Process 1 of a host, in namespaces of its own: boot.sh BASE FOLDER NAME ADDRESS PORT
# All mounts are made in its mount namespace, so that none is left when its last process ends.
set -eu
base=$1 folder=$2 name=$3 address=$4 port=$5
root=$folder/root

hostname "$name"
mount -t overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 run "$root/run"

mount -t tmpfs -o mode=755,size=1m dev "$root/dev"
for node in null zero full random urandom tty; do
  : >"$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do
  ln -s "/proc/self/fd/${number%:*}" "$root/dev/${number#*:}"
done

# Kernel settings are the whole machine's: a host may read them only. Its boot id is its own.
mount -t proc proc "$root/proc"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind "$root/dev/null" "$root/proc/sysrq-trigger"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
cat /proc/sys/kernel/random/uuid >"$root/run/boot_id"
mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"

cd "$root"
pivot_root . mnt
exec chroot . /bin/sh -c '
  umount -l /mnt
  cd /
  # busybox’ reboot asks process 1 for it.
  trap "reboot -f" TERM
  sh /etc/lab/start "$1" "$2" &
  while :; do sleep 86400; done &
  while :; do wait; done
' init "$address" "$port"
