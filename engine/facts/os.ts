import type { Fact } from '../contract/fact.ts';
import { sh, type Script } from '../shell/script.ts';

/** Hosts that are looked after alike. */
export type OsFamily = 'redhat' | 'debian' | 'suse' | 'alpine' | 'arch' | 'gentoo' | 'other';

/** What os-release(5) says. */
export interface Os {
  /** Lower case: "centos", "kylin", "openeuler". */
  readonly id: string;
  readonly id_like: readonly string[];
  readonly name: string;
  /** As the distribution writes it: "7", "22.04", "V10"; empty where it has none. */
  readonly version: string;
  /** The first number in the version. */
  readonly major: number | null;
  readonly family: OsFamily;
}

/** Which distribution the host runs. */
export const os: Fact<undefined, Os> = {
  name: 'os',
  id: () => '',
  about: () => ['host:os', 'path:/etc/os-release', 'path:/etc/redhat-release'],
  ask: () => osRelease(),
  parse: (output) => [parseOs(output.toString('utf8').split('\n'))],
};

/** A script of built-ins alone that prints the lines of os-release, or of the older files before it, each marked. */
export function osRelease(): Script {
  return sh`for f in /etc/os-release /usr/lib/os-release /etc/redhat-release /etc/alpine-release /etc/debian_version; do
if [ -r "$f" ]; then
while IFS= read -r l || [ -n "$l" ]; do printf '%s=%s\\n' "\${f##*/}" "$l"; done <"$f"
break
fi
done`;
}

/** Reads the lines of `osRelease`; others are passed over. */
export function parseOs(output: readonly string[]): Os {
  const values = new Map(
    output.filter((line) => line.startsWith('os-release=')).flatMap((line) => assignment(line.slice(11))),
  );
  if (values.size === 0) return fromOldFile(output);
  const id = (values.get('ID') ?? 'linux').toLowerCase();
  const id_like = (values.get('ID_LIKE') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const version = values.get('VERSION_ID') ?? '';
  return {
    id,
    id_like,
    name: values.get('NAME') ?? id,
    version,
    major: majorOf(version),
    family: familyOf(id, id_like),
  };
}

function assignment(line: string): readonly (readonly [string, string])[] {
  const match = /^\s*([A-Za-z0-9_]+)=(.*?)\s*$/.exec(line);
  if (!match) return [];
  const [, name = '', raw = ''] = match;
  return [[name, unquoted(raw)]];
}

function unquoted(raw: string): string {
  const quote = raw[0];
  if (quote === "'" && raw.endsWith("'") && raw.length > 1) return raw.slice(1, -1);
  if (quote === '"' && raw.endsWith('"') && raw.length > 1)
    return raw.slice(1, -1).replaceAll(/\\(["$`\\])/g, '$1');
  return raw.replaceAll(/\\(.)/g, '$1');
}

/** EL6: "CentOS release 6.10 (Final)". */
function fromOldFile(output: readonly string[]): Os {
  const [, file = '', text = ''] =
    output.map((line) => /^(redhat-release|alpine-release|debian_version)=(.*)$/.exec(line)).find(Boolean) ??
    [];
  const name = file === 'redhat-release' ? (text.split(/ (?:Linux )?(?:Server )?release /)[0] ?? '') : '';
  const id =
    { 'alpine-release': 'alpine', debian_version: 'debian' }[file] ??
    (/red hat/i.test(name) ? 'rhel' : (/^\w+/.exec(name)?.[0]?.toLowerCase() ?? 'linux'));
  const version = /\d+(\.\d+)*/.exec(text)?.[0] ?? '';
  const family = file === 'redhat-release' ? 'redhat' : familyOf(id, []);
  return { id, id_like: [], name: name || id, version, major: majorOf(version), family };
}

function majorOf(version: string): number | null {
  const digits = /\d+/.exec(version)?.[0];
  return digits === undefined ? null : Number(digits);
}

const families: Readonly<Record<string, OsFamily>> = {
  ...named('redhat', 'rhel centos fedora rocky almalinux ol amzn scientific virtuozzo eurolinux cloudlinux'),
  // Made in China from the same packages; Kylin's desktop edition says ID_LIKE=debian.
  ...named('redhat', 'kylin openeuler euleros anolis alinux tencentos opencloudos hce bclinux'),
  ...named('debian', 'debian ubuntu raspbian linuxmint devuan kali deepin'),
  ...named('suse', 'suse sles sled opensuse opensuse-leap opensuse-tumbleweed sle_hpc'),
  ...named('alpine', 'alpine'),
  ...named('arch', 'arch archarm manjaro'),
  ...named('gentoo', 'gentoo'),
};

function named(family: OsFamily, ids: string): Record<string, OsFamily> {
  return Object.fromEntries(ids.split(' ').map((id) => [id, family]));
}

/** What a distribution says it is like counts before its own name. */
function familyOf(id: string, like: readonly string[]): OsFamily {
  for (const name of [...like, id]) {
    const family = families[name];
    if (family) return family;
  }
  return 'other';
}
