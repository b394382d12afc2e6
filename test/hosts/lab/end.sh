#!/bin/sh
# Ends hosts and removes what they wrote: end.sh FOLDER, with the process groups on standard input, one a line.
# As a leash it is started first: when the one who holds the other end dies, the input ends and the hosts go.
groups=
while read -r group; do groups="$groups $group"; done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
for group in $groups; do
  tries=0
  while [ $tries -lt 200 ] && kill -s 0 -- "-$group" 2>/dev/null; do
    tries=$((tries + 1))
    sleep 0.05
  done
done
for cgroup in /sys/fs/cgroup/systemd/"$(basename "$1")"-* /sys/fs/cgroup/unified/"$(basename "$1")"-*; do
  [ ! -d "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} \; 2>/dev/null
done
rm -rf "$1"
