import { below, type Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';
import { withSystemPath } from './program.ts';

/** A package that belongs to one kernel, of which there may be several side by side. */
export interface KernelPackage {
  readonly release: string;
  /** As its package manager takes it: "kernel-core-5.14.0-427.el9.x86_64", "linux-image-6.1.0-18-amd64". */
  readonly name: string;
  /** dpkg's hold. */
  readonly held?: true;
}

export interface KernelPackages {
  /** Who looks after them; null where it is neither dpkg nor rpm. */
  readonly tool: 'dpkg' | 'rpm' | null;
  readonly packages: readonly KernelPackage[];
}

/** The installed packages of kernels, by one call of rpm or dpkg-query. */
export const kernelPackages: Fact<undefined, KernelPackages> = {
  name: 'kernel_packages',
  id: () => '',
  about: () => ['host:kernel_packages', 'package:kernel', 'package:kernel-core', below('/boot')],
  // A Debian host may have rpm as well, with nothing in it.
  ask: () => sh`${withSystemPath}
if [ -e /etc/debian_version ] && command -v dpkg-query >/dev/null; then
echo dpkg
dpkg-query -W -f='\${db:Status-Abbrev}|\${Package}\\n' 'linux-image-*' 'linux-modules-*' 'linux-headers-*' 2>/dev/null
elif [ -x /usr/bin/rpm ]; then
echo rpm
/usr/bin/rpm -qa --qf '%{NAME}|%{VERSION}-%{RELEASE}.%{ARCH}\\n' 'kernel*'
fi
exit 0`,
  parse(output) {
    const [tool, ...rows] = output.toString('utf8').split('\n');
    if (tool !== 'dpkg' && tool !== 'rpm') return [{ tool: null, packages: [] }];
    const packages = rows.flatMap((row) => (tool === 'rpm' ? ofRpm(row) : ofDpkg(row)));
    return [{ tool, packages: packages.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }];
  },
};

// Those of which rpm keeps several: not the headers and tools, of which there is one version.
const several =
  /^kernel(?:-(?:rt|debug|64k|uek))?(?:-(?:core|modules|modules-core|modules-extra|modules-internal|devel|debug))?$/;

function ofRpm(row: string): readonly KernelPackage[] {
  const [name = '', release] = row.split('|');
  return release !== undefined && several.test(name) ? [{ release, name: `${name}-${release}` }] : [];
}

function ofDpkg(row: string): readonly KernelPackage[] {
  const [status, name = ''] = row.split('|');
  const [, release] =
    /^linux-(?:image(?:-unsigned)?|modules(?:-extra)?|headers)-(\d+\.\d.*)$/.exec(name) ?? [];
  // Held ("hi") or marked for removal ("ri"), it is there all the same.
  return status?.[1] === 'i' && release !== undefined
    ? [{ release, name, ...(status.startsWith('h') ? { held: true as const } : {}) }]
    : [];
}
