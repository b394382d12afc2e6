import type { Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';

/** SELinux as the kernel enforces it now, and as it is configured for the next boot. */
export interface Selinux {
  readonly enabled: boolean;
  readonly mode: 'enforcing' | 'permissive' | 'disabled';
  /** SELINUX= in /etc/selinux/config; null where it says nothing. */
  readonly configured: 'enforcing' | 'permissive' | 'disabled' | null;
  /** SELINUXTYPE=: "targeted". */
  readonly policy: string | null;
}

/** SELinux' state, by built-ins alone. */
export const selinux: Fact<undefined, Selinux> = {
  name: 'selinux',
  id: () => '',
  about: () => ['selinux:mode', 'path:/etc/selinux/config'],
  // EL6 mounts selinuxfs on /selinux.
  ask: () => sh`m=
for f in /sys/fs/selinux/enforce /selinux/enforce; do
if [ -r "$f" ]; then IFS= read -r m <"$f" || :; break; fi
done
printf 'enforce=%s\\n' "$m"
if [ -r /etc/selinux/config ]; then
while IFS= read -r l || [ -n "$l" ]; do printf '%s\\n' "$l"; done </etc/selinux/config
fi`,
  parse(output) {
    const [first = '', ...config] = output.toString('utf8').split('\n');
    const mode = ({ 'enforce=1': 'enforcing', 'enforce=0': 'permissive' } as const)[first] ?? 'disabled';
    return [
      {
        enabled: mode !== 'disabled',
        mode,
        configured: configuredMode(config),
        policy: configuredPolicy(config),
      },
    ];
  },
};

/** A line of /etc/selinux/config that sets a mode. Of several the first counts, and others are passed over. (libselinux, selinux_getenforcemode) */
export const modeLine = /^SELINUX=[ \t]*(enforcing|permissive|disabled)/i;

function configuredMode(config: readonly string[]): Selinux['mode'] | null {
  const [word] = config.flatMap((line) => modeLine.exec(line)?.[1]?.toLowerCase() ?? []);
  return (word as Selinux['mode'] | undefined) ?? null;
}

/** Of the policy the last assignment counts. (libselinux, init_selinux_config) */
function configuredPolicy(config: readonly string[]): string | null {
  return config.flatMap((line) => /^\s*SELINUXTYPE=(\S*)/.exec(line)?.[1] ?? []).at(-1) || null;
}
