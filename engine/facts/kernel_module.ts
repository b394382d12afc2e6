import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/**
 * A part of the kernel by its name. `loaded`: as a module; `builtin`: it is always there; `available`: it can be loaded;
 * `absent`: the running kernel has none of this name. `unknown`: there is no `modprobe` to be asked.
 */
export type KernelModule = 'loaded' | 'builtin' | 'available' | 'absent' | 'unknown';

/** Shell text that sets `m` to modprobe's path, empty where there is none. A shell of busybox would take its own by the name alone. */
export const findModprobe = sh`m=; for f in /usr/sbin/modprobe /sbin/modprobe /usr/bin/modprobe /bin/modprobe; do if [ -z "$m" ] && [ -x "$f" ]; then m=$f; fi; done`;

/** What the running kernel has of a name; `modprobe -D`, which loads nothing, is asked only for what is not loaded. */
export const kernelModule: Fact<string, KernelModule> = {
  name: 'kernel_module',
  id: (name) => loadedName(name),
  about: (name) => [moduleKey(name), 'host:kernel'],
  ask: (names) =>
    lines([
      findModprobe,
      sh`one() {
if [ -e "/sys/module/$1/initstate" ]; then echo loaded
elif [ -e "/sys/module/$1" ]; then echo builtin
elif [ -z "$m" ]; then echo unknown
elif d=$("$m" -D -- "$2" 2>/dev/null); then case $d in builtin*) echo builtin;; *) echo available;; esac
else echo absent
fi
}`,
      ...names.map((name) => sh`one ${loadedName(name)} ${name}`),
    ]),
  parse(output, names) {
    const rows = output.toString('latin1').split('\n');
    return names.map((_name, index) => rows[index] as KernelModule);
  },
};

/** A module's name as the kernel has it. */
export function loadedName(name: string): string {
  return name.replaceAll('-', '_');
}

/** The key of a module, however its name is written. */
export function moduleKey(name: string): `kernel_module:${string}` {
  return `kernel_module:${loadedName(name)}`;
}
