#!/bin/sh
# A host as long as it is wanted: supervise.sh BOOT-ARGUMENTS…
# Process 1 of a pid namespace that calls reboot(2) dies of SIGHUP, which is status 129 here: it is started again.
while :; do
  unshare --mount --pid --uts --ipc --fork --kill-child sh "$(dirname "$0")/boot.sh" "$@"
  [ $? -eq 129 ] || exit
done
