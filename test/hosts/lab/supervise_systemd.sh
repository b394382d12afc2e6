#!/bin/sh
# A host with systemd as long as it is wanted: supervise_systemd.sh BASE FOLDER NAME, in a mount namespace of its own.
# nspawn ends with 133 when its host reboots: it is started again, as supervise.sh does.
set -eu
base=$1 folder=$2 name=$3
root=$folder/root
group=$(basename "$(dirname "$(dirname "$folder")")")-$name

mount --make-rprivate /
mount -t overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
# Without it nspawn would write into the machine's own.
mount -t tmpfs -o mode=755 run /run
if ! mountpoint -q /sys/fs/cgroup/systemd; then
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  mkdir /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd systemd /sys/fs/cgroup/systemd
fi
# nspawn makes the host's groups below its own, which it looks up in the unified tree where there is one.
for tree in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
  mountpoint -q "$tree" || continue
  mkdir -p "$tree/$group"
  echo $$ >"$tree/$group/cgroup.procs"
done

while :; do
  status=0
  systemd-nspawn --quiet --register=no --keep-unit --console=read-only --boot --directory="$root" \
    --machine="$name" --kill-signal=SIGRTMIN+3 || status=$?
  [ "$status" -eq 133 ] || exit "$status"
  [ ! -e "$folder/boot_time" ] || sleep "$(cat "$folder/boot_time")"
  while [ -e "$folder/down" ]; do sleep 0.05; done
done
