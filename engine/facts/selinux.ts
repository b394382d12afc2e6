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
    const configured = setting(config, 'SELINUX')?.toLowerCase();
    return [
      {
        enabled: mode !== 'disabled',
        mode,
        configured: isMode(configured) ? configured : null,
        policy: setting(config, 'SELINUXTYPE'),
      },
    ];
  },
};

/** The last assignment counts, as in libselinux. */
function setting(config: readonly string[], name: string): string | null {
  const values = config.flatMap((line) => new RegExp(`^\\s*${name}=(\\S*)`).exec(line)?.[1] ?? []);
  return values.at(-1) || null;
}

function isMode(text: string | undefined): text is Selinux['mode'] {
  return text === 'enforcing' || text === 'permissive' || text === 'disabled';
}
