#!/bin/sh
# A host as long as it is wanted: supervise.sh BOOT-ARGUMENTS…
# Process 1 of a pid namespace that calls reboot(2) dies of SIGHUP, which is status 129 here: it is started again, after
# the seconds that FOLDER/boot_time holds, and once there is no FOLDER/down.
while :; do
  unshare --mount --pid --uts --ipc --fork --kill-child sh "$(dirname "$0")/boot.sh" "$@"
  [ $? -eq 129 ] || exit
  [ ! -e "$2/boot_time" ] || sleep "$(cat "$2/boot_time")"
  while [ -e "$2/down" ]; do sleep 0.05; done
done
