#!/bin/sh
# Puts docker, ctr and kubectl on a host of the lab, for containers whose shims are the packages' own programs: furnish_containers.sh, on the host.
# Stand-ins: a container is a shim alone, `docker stats` shows -- for one whose program has the old parser, and
# kubectl knows one node, whose state lies in /var/lib/lab/node. Real are systemd, its journal, the packages and their manager.
set -eu
mkdir -p /var/lib/lab/containers /run/lab/cgroup/cpuacct/docker
echo 'schedulable' >/var/lib/lab/node
printf 'user 12\nsystem 3\nsched_delay 7\n' >/run/lab/cgroup/cpuacct/docker/cpuacct.stat

# The real one has its namespace and id as words of their own; the lab's shim is `sleep`, which would not take them.
cat >/usr/local/bin/lab-shim <<'PROGRAM'
#!/bin/bash
exec -a "/usr/bin/containerd-shim-runc-v2
-namespace
moby
-id
$1" /usr/bin/containerd-shim-runc-v2 infinity
PROGRAM

cat >/usr/local/bin/docker <<'PROGRAM'
#!/bin/sh
[ "$(systemctl is-active docker)" = active ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; }
cd /var/lib/lab/containers
verb=$1
shift
case "$verb $*" in
'ps -q --no-trunc') for id in *; do systemctl -q is-active "lab-$id" && echo "$id"; done; exit 0 ;;
'ps --no-trunc')
  echo 'CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES'
  for id in *; do systemctl -q is-active "lab-$id" && echo "$id   lab   \"sleep\"   2 days ago   Up 2 days   80/tcp   $(cat "$id")"; done
  exit 0
  ;;
'stats --no-stream --no-trunc')
  echo 'CONTAINER ID   NAME   CPU %   MEM USAGE / LIMIT   MEM %   NET I/O   BLOCK I/O   PIDS'
  for id in *; do
    pid=$(systemctl show -p MainPID "lab-$id")
    if grep -qaF 'is expected to have 4 fields' "/proc/${pid#*=}/exe"; then share=--; else share=0.31%; fi
    echo "$id   $(cat "$id")   $share   1MiB / 1GiB   0.1%   0B / 0B   0B / 0B   1"
  done
  ;;
'restart '*) systemctl restart "lab-$1" && echo "$1" ;;
'run '*)
  echo "$2" >"$1"
  printf '[Service]\nExecStart=/usr/local/bin/lab-shim %s\n' "$1" >"/etc/systemd/system/lab-$1.service"
  systemctl daemon-reload && systemctl start "lab-$1"
  ;;
*) echo "docker $verb $*?" >&2; exit 2 ;;
esac
PROGRAM

cat >/usr/local/bin/ctr <<'PROGRAM'
#!/bin/sh
[ "$1 $2 $3 $4" = '-n moby task metric' ] && systemctl -q is-active "lab-$5" || exit 1
printf 'ID    TIMESTAMP\n%s    now\n\nMETRIC    VALUE\ncpuacct.usage    1\n' "$5"
PROGRAM

cat >/usr/local/bin/kubectl <<'PROGRAM'
#!/bin/sh
echo "$*" >>/var/lib/lab/asked
while case ${1:-} in -*) true ;; *) false ;; esac; do shift; done
case $1 in
cordon) echo cordoned >/var/lib/lab/node ;;
uncordon) echo schedulable >/var/lib/lab/node ;;
get)
  [ "$(cat /var/lib/lab/node)" = cordoned ] && closed=true || closed=false
  case $3 in
  /api/v1/nodes/*)
    printf '{"metadata":{"name":"%s"},"spec":{"unschedulable":%s},"status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady"}],"nodeInfo":{"kubeletVersion":"v1.26.1"}}}\n' "${3##*/}" "$closed"
    ;;
  *) echo '{"items":[]}' ;;
  esac
  ;;
esac
PROGRAM
chmod 755 /usr/local/bin/lab-shim /usr/local/bin/docker /usr/local/bin/ctr /usr/local/bin/kubectl
