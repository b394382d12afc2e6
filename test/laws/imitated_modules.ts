import type { Entry } from './law_case.ts';

// As far as the state goes: what is loaded lies in /sys/module, what could be is known by name. Real ones: test/vm.
const modprobe = `#!/bin/sh
name() { printf '%s' "$1" | tr - _; }
case $1 in
-D) case $3 in ext4) echo 'builtin ext4';; br_netfilter|br-netfilter|dummy) echo "insmod /lib/modules/$3.ko ";; *) echo "modprobe: FATAL: Module $3 not found." >&2; exit 1;; esac;;
-r) rm -r "/sys/module/$(name "$3")";;
--) d=/sys/module/$(name "$2"); mkdir -p "$d"; echo live >"$d/initstate"; shift 2; printf '%s\\n' "$*" >"$d/given";;
*) exit 2;;
esac
`;

/** A host whose kernel has some modules, a few of them loaded. */
export function modules(loaded: readonly string[] = []): Readonly<Record<string, Entry>> {
  return {
    'sbin/modprobe': { program: modprobe },
    'sys/module/kernel': 'folder',
    'etc/modules-load.d': 'folder',
    'etc/modprobe.d': 'folder',
    ...Object.fromEntries(
      loaded.flatMap((name) => [
        [`sys/module/${name}/initstate`, 'live\n'],
        [`sys/module/${name}/given`, '\n'],
      ]),
    ),
  };
}
