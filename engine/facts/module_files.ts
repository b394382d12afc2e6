import { below, type Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/** A line that says something of modules, by where it stands. */
export interface ModuleLine {
  readonly file: string;
  readonly number: number;
  readonly text: string;
}

/** Folders whose files name modules to load at boot, modules-load.d(5), and with /etc/modules the one of Debian before. */
const load = [
  '/etc/modules-load.d',
  '/run/modules-load.d',
  '/usr/local/lib/modules-load.d',
  '/usr/lib/modules-load.d',
];

/** Folders whose files say how modules are loaded: modprobe.d(5). */
const options = [
  '/etc/modprobe.d',
  '/run/modprobe.d',
  '/usr/local/lib/modprobe.d',
  '/usr/lib/modprobe.d',
  '/lib/modprobe.d',
];

/** What the host's files say of modules; comments and empty lines are left out. Built-ins only. */
export const moduleFiles: Fact<undefined, readonly ModuleLine[]> = {
  name: 'module_files',
  id: () => '',
  about: () => [...load, ...options, '/etc/modules'].map(below),
  ask: () =>
    lines([
      sh`one() {
if [ -f "$1" ] && [ -r "$1" ]; then
printf '>%s\\n' "$1"; n=0
while IFS= read -r l || [ -n "$l" ]; do n=$((n+1)); case $l in ''|'#'*|';'*) ;; *) printf '%s %s\\n' $n "$l";; esac; done <"$1"
fi
}`,
      // A file, or a link to /dev/null, stands for all of its name in the folders behind; so /lib, a link to /usr/lib on most, is told once.
      sh`all() {
seen='|'
for d do for f in "$d"/*.conf; do
n=\${f##*/}; case $seen in *"|$n|"*) ;; *) seen="$seen$n|"; one "$f" ;; esac
done; done
}`,
      sh`all ${load}; all ${options}; one /etc/modules`,
    ]),
  parse(output) {
    const found: ModuleLine[] = [];
    let file = '';
    for (const row of output.toString('latin1').split('\n')) {
      if (row.startsWith('>')) file = row.slice(1);
      const [, number, text = ''] = /^(\d+) (.*)$/.exec(row) ?? [];
      if (number !== undefined) found.push({ file, number: Number(number), text });
    }
    return [found];
  },
  // Those that are kept are asked for by their content.
  lasting: () => null,
};
