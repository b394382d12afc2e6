import type { Entry } from './law_case.ts';

// One node, w1: cordoned while /run/cordoned is there, with the pods whose names lie in /run/pods. Their controllers
// find no other node: once this one is open again, they are back.
const kubectl = `#!/bin/sh
while :; do case $1 in --*) shift;; *) break;; esac; done
list() {
n=
for p in /run/pods/*; do
if [ -e "$p" ]; then
printf '%s{"metadata":{"namespace":"default","name":"%s","ownerReferences":[{"kind":"ReplicaSet","name":"r","controller":true}]},"status":{"phase":"Running"}}' "$n" "\${p##*/}"; n=,
fi
done
}
case $1:$2:$3 in
get:--raw:/api/v1/nodes/w1)
s='{}'; if [ -e /run/cordoned ]; then s='{"unschedulable":true}'; fi
printf '{"metadata":{"name":"w1"},"spec":%s,"status":{"conditions":[{"type":"Ready","status":"True"}]}}' "$s";;
get:--raw:/api/v1/pods*) printf '{"items":[%s]}' "$(list)";;
get:--raw:*) echo 'Error from server (NotFound): nodes "'"\${3##*/}"'" not found' >&2; exit 1;;
cordon:w1:*) : >/run/cordoned;;
uncordon:w1:*) rm -f /run/cordoned; for p in $(cat /run/gone 2>/dev/null); do : >"/run/pods/$p"; done; rm -f /run/gone;;
drain:w1:*) ls /run/pods >/run/gone; rm -f /run/pods/*;;
drain:--help:*) ;;
*) echo "imitated kubectl: $*" >&2; exit 1;;
esac
`;

/** A host with a kubectl that knows one node. */
export function withKubectl(pods: readonly string[], cordoned = false): Readonly<Record<string, Entry>> {
  return {
    'usr/bin/kubectl': { program: kubectl },
    'run/pods': 'folder',
    ...Object.fromEntries(pods.map((name) => [`run/pods/${name}`, ''])),
    ...(cordoned ? { 'run/cordoned': '' } : {}),
  };
}
