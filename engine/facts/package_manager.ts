import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { type OsFamily, osRelease, parseOs } from './os.ts';

/** The program that installs packages. */
export interface PackageManager {
  readonly name: 'dnf' | 'yum' | 'apt' | 'apk' | 'zypper' | 'pacman' | null;
}

type Name = NonNullable<PackageManager['name']>;

/** Which package manager the host is looked after with, by built-ins alone. */
export const packageManager: Fact<undefined, PackageManager> = {
  name: 'package_manager',
  id: () => '',
  about: () => ['host:package_manager', 'path:/usr/bin', 'path:/etc/os-release'],
  ask: () =>
    lines([
      sh`for c in dnf yum zypper apt-get apk pacman; do command -v "$c" >/dev/null && printf 'has=%s\\n' "$c"; done`,
      osRelease(),
    ]),
  parse(output) {
    const told = output.toString('utf8').split('\n');
    const has = new Set(told.filter((line) => line.startsWith('has=')).map((line) => line.slice(4)));
    const { family } = parseOs(told);
    // A Debian host may have dnf installed as well, and the other way round.
    const names = [...(byFamily[family] ?? []), ...(Object.keys(programs) as Name[])];
    return [{ name: names.find((name) => has.has(programs[name])) ?? null }];
  },
};

/** In the order in which they are taken where the family says nothing. */
const programs: Readonly<Record<Name, string>> = {
  dnf: 'dnf',
  yum: 'yum',
  zypper: 'zypper',
  apt: 'apt-get',
  apk: 'apk',
  pacman: 'pacman',
};

const byFamily: Partial<Record<OsFamily, readonly Name[]>> = {
  redhat: ['dnf', 'yum'],
  debian: ['apt'],
  suse: ['zypper'],
  alpine: ['apk'],
  arch: ['pacman'],
};
