import { lines, sh, type Script } from '../shell/script.ts';

/** A service of an init that runs scripts. */
export interface ScriptService {
  readonly manager: 'openrc' | 'sysv' | 'busybox';
  readonly name: string;
  readonly exists: boolean;
  readonly running: boolean;
  readonly enabled: boolean;
  /** The script's path. */
  readonly script: string | null;
  /** Where it is enabled: OpenRC's runlevels. */
  readonly runlevels: readonly string[];
}

/**
 * Prints a line a service: letters (exists, running, enabled), its script, its runlevels. OpenRC is read from its
 * state folder and busybox' services from their pid files and /proc without a fork; only SysV scripts must be asked.
 */
export function askScripts(names: readonly string[]): Script {
  return lines([
    sh`alive() {
p=; { IFS= read -r p <"$1"; } 2>/dev/null
[ -n "$p" ] && [ -d "/proc/$p" ]
}
openrc() {
for s in /etc/init.d/"$1" /usr/local/etc/init.d/"$1"; do if [ -e "$s" ]; then f=\${f}x; break; fi; s=-; done
if [ -L /run/openrc/started/"$1" ] || [ -e /run/openrc/started/"$1" ]; then
r=r
for d in /run/openrc/daemons/"$1"/*; do
if [ -f "$d" ]; then while IFS= read -r l; do case $l in pidfile=?*) alive "\${l#pidfile=}" || r=;; esac; done <"$d"; fi
done
f=$f$r
fi
for l in /etc/runlevels/*/"$1"; do
if [ -L "$l" ] || [ -e "$l" ]; then f=\${f}e; l=\${l%/*}; n="$n \${l##*/}"; fi
done
}
sysv() {
for s in /etc/init.d/"$1" /etc/rc.d/init.d/"$1"; do if [ -e "$s" ]; then f=\${f}x; break; fi; s=-; done
case $f in *x*) if "$s" status >/dev/null 2>&1; then f=\${f}r; fi;; esac
for l in /etc/rc[2345].d/S[0-9][0-9]"$1" /etc/rc.d/rc[2345].d/S[0-9][0-9]"$1"; do
if [ -L "$l" ] || [ -e "$l" ]; then f=\${f}e; break; fi
done
}
busybox() {
for s in /etc/init.d/"$1" /etc/init.d/S[0-9][0-9]"$1"; do if [ -e "$s" ]; then f=\${f}x; break; fi; s=-; done
case $s in */S[0-9][0-9]"$1") if [ -x "$s" ]; then f=\${f}e; fi;; esac
r=
for p in /run/"$1".pid /var/run/"$1".pid; do if alive "$p"; then r=r; fi; done
if [ -z "$r" ]; then
for d in /proc/[0-9]*/comm; do
c=; { IFS= read -r c <"$d"; } 2>/dev/null
if [ -n "$c" ] && [ "$c" = "$2" ]; then r=r; break; fi
done
fi
f=$f$r
}
one() { f=- n=; $init "$@"; printf '%s %s%s\\n' "$f" "$s" "$n"; }`,
    // The kernel keeps 15 bytes of a program's name.
    ...names.map((name) => sh`one ${name} ${name.slice(0, 15)}`),
  ]);
}

/** The answers to `askScripts` by name. */
export function parseScripts(
  told: string,
  manager: ScriptService['manager'],
  names: readonly string[],
): ReadonlyMap<string, ScriptService> {
  const rows = told.split('\n');
  return new Map(
    names.map((name, index) => {
      const [letters = '', script = '-', ...runlevels] = (rows[index] ?? '').split(' ');
      return [
        name,
        {
          manager,
          name,
          exists: letters.includes('x'),
          running: letters.includes('r'),
          enabled: letters.includes('e'),
          script: script === '-' ? null : script,
          runlevels,
        },
      ];
    }),
  );
}
