import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/** Who starts and stops services. */
export type InitName = 'systemd' | 'openrc' | 'sysv' | 'busybox';

/** The host's init and what the host is. */
export interface Init {
  readonly name: InitName;
  /** systemd's: "219", "252". */
  readonly version: string | null;
  /** The name of process 1. */
  readonly pid1: string;
  /** What holds the host, where it is a container: "docker", "podman", "lxc", "systemd-nspawn". */
  readonly container: string | null;
  /** What the machine's firmware says: "kvm", "vmware", "microsoft", "xen", "qemu", "oracle", "amazon". */
  readonly virtualisation: string | null;
}

/** Shell text that sets `init` to an InitName; built-ins only. */
export const detectInit = sh`if [ -d /run/systemd/system ]; then init=systemd
elif [ -d /run/openrc ] || [ -x /sbin/openrc-run ]; then init=openrc
elif [ -d /etc/rc3.d ] || [ -d /etc/rc.d/rc3.d ]; then init=sysv
else init=busybox; fi`;

/** The host's init; one fork where it is systemd, which alone is asked for its version. */
export const init: Fact<undefined, Init> = {
  name: 'init',
  id: () => '',
  about: () => ['host:init'],
  ask: () =>
    lines([
      detectInit,
      sh`one() { v=; if [ -r "$2" ]; then IFS= read -r v <"$2" || :; fi; printf '%s=%s\\n' "$1" "$v"; }`,
      sh`printf 'name=%s\\n' "$init"`,
      sh`one pid1 /proc/1/comm 2>/dev/null`,
      sh`one container /run/systemd/container 2>/dev/null`,
      sh`[ ! -e /.dockerenv ] || echo container=docker`,
      sh`[ ! -e /run/.containerenv ] || echo container=podman`,
      sh`one hypervisor /sys/hypervisor/type 2>/dev/null`,
      sh`one vendor /sys/class/dmi/id/sys_vendor 2>/dev/null`,
      sh`one product /sys/class/dmi/id/product_name 2>/dev/null`,
      sh`if [ $init = systemd ]; then systemctl --version; fi`,
    ]),
  parse(output) {
    const told = output.toString('utf8');
    const value = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(told)?.[1] ?? null;
    const name = value('name');
    if (!isInitName(name)) throw new Error('the init of the host was not told');
    return [
      {
        name,
        version: /^systemd (\S+)/m.exec(told)?.[1] ?? null,
        pid1: value('pid1') ?? '',
        container: value('container'),
        virtualisation: virtualisation([value('hypervisor'), value('product'), value('vendor')]),
      },
    ];
  },
};

function isInitName(name: string | null): name is InitName {
  return name === 'systemd' || name === 'openrc' || name === 'sysv' || name === 'busybox';
}

/** After systemd's detect-virt, as far as names in the firmware's tables tell. */
function virtualisation(hints: readonly (string | null)[]): string | null {
  const known: readonly (readonly [RegExp, string])[] = [
    [/^xen/i, 'xen'],
    [/kvm/i, 'kvm'],
    [/vmware/i, 'vmware'],
    [/virtualbox|innotek/i, 'oracle'],
    [/amazon/i, 'amazon'],
    [/virtual machine/i, 'microsoft'],
    [/openstack/i, 'kvm'],
    [/qemu|standard pc/i, 'qemu'],
  ];
  const text = hints.filter((hint) => hint !== null).join(' ');
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
