import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/** Shell text after which tools of administration are found, which the path of a plain login may lack. */
export const withSystemPath = sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

/** Where a program of the host is, or null. By built-ins alone. */
export const program: Fact<string, string | null> = {
  name: 'program',
  id: (name) => name,
  about: (name) => [`program:${name}`, ...folders.map((folder) => `path:${folder}/${name}` as const)],
  ask: (names) =>
    lines([
      withSystemPath,
      sh`one() { w=$(command -v "$1") || w=; case $w in /*) printf '%s\\n' "$w";; *) echo -;; esac; }`,
      ...names.map((name) => sh`one ${name}`),
    ]),
  parse(output, names) {
    const rows = output.toString('utf8').split('\n');
    return names.map((_name, index) => (rows[index]?.startsWith('/') ? rows[index] : null));
  },
};

const folders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];
