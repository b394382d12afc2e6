import { below, type Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/** Folders with settings for the boot, the first before the others where two files have one name: sysctl.d(5). */
export const sysctlFolders = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
];

/** A file with its lines that are no comment; a link to /dev/null has none. */
export interface SysctlFile {
  readonly path: string;
  readonly lines: readonly { readonly number: number; readonly text: string }[];
}

/** Every file that sets the kernel at boot; built-ins only. Text has one character a byte. */
export const sysctlFiles: Fact<undefined, readonly SysctlFile[]> = {
  name: 'sysctl_files',
  id: () => '',
  about: () => ['path:/etc/sysctl.conf', ...sysctlFolders.map(below)],
  // Lines bear their number, so that none can pass for a file's name.
  ask: () =>
    lines([
      sh`nl='\n'`,
      sh`one() {
case $1 in *"$nl"*) return;; esac
[ -f "$1" ] || [ -L "$1" ] || return
printf '>%s\\n' "$1"; n=0
if [ -f "$1" ] && [ -r "$1" ]; then
while IFS= read -r l || [ -n "$l" ]; do
n=$((n+1))
case $l in ''|'#'*|';'*) ;; *) printf '%s %s\\n' $n "$l";; esac
done <"$1"
fi
}`,
      sh`for d in ${sysctlFolders}; do for f in "$d"/*.conf; do one "$f"; done; done; one /etc/sysctl.conf`,
    ]),
  parse(output) {
    const files: { path: string; lines: { number: number; text: string }[] }[] = [];
    for (const row of output.toString('latin1').split('\n')) {
      if (row.startsWith('>')) files.push({ path: row.slice(1), lines: [] });
      const [, number, text = ''] = /^(\d+) (.*)$/.exec(row) ?? [];
      if (number !== undefined) files.at(-1)?.lines.push({ number: Number(number), text });
    }
    return [files];
  },
  // The one that is kept is asked for by its content.
  lasting: () => null,
};
