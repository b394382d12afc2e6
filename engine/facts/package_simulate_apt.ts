import { sh } from '../shell/script.ts';
import { readNotes } from './package_transaction_notes.ts';
import type { KeptFile, Simulation, TransactionAnswer, TransactionStep } from './package_transaction.ts';

/**
 * A shell function: `apt_simulate WORD…` tells what apt-get would do with the packages in `need`, and which of the
 * versions that it would replace or remove a repository still has. Its caches stay in memory, its planner writes no log.
 */
export const aptSimulation = sh`apt_still() { set -- -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::Log::Planner= -o Dir::Log::Solver= "$@"; "$q" "$@"; }
lined() { m=$1; IFS=$nl; for r in $2; do printf '%s%s\\n' "$m" "$r"; done; unset IFS; }
apt_simulate() {
q=apt-get; o=$(apt_still -s -q -y -o APT::Get::Show-User-Simulation-Note=0 "$@" -- $need 2>&1); s=$?
echo "= apt $s"; lined : "$o"; echo "~running $(uname -r)"
set +f; for r in /var/lib/dpkg/updates/[0-9]*; do if [ -e "$r" ]; then echo '~interrupted'; break; fi; done; set -f
c=; IFS=$nl
for r in $o; do
case $r in 'Inst '*|'Remv '*|'Purg '*) w=\${r#* }; case \${w#* } in '['*) c="$c \${w%% *}";; esac;; esac
done
unset IFS
[ -n "$c" ] || return 0
for w in $c; do [ ! -e "/var/lib/dpkg/info/$w.postrm" ] || echo "+postrm $w"; done
case $o in *"\${nl}Purg "*) lined +conf "$(dpkg-query -W -f='\${Conffiles}\\n' $c 2>/dev/null)";; esac
q=apt-cache; m=$(apt_still -q madison $c 2>/dev/null); lined + "$m"
m=$(printf '%s\\n' "$m" | tr -s ' ')
dpkg-query -W -f='\${Package} \${Architecture} \${Version}\\n' $c 2>/dev/null | while read -r w a v; do
case $m in *"$w | $v | "*) continue;; esac
f=/var/cache/apt/archives/\${w}_$(printf %s "$v" | sed 's/:/%3a/g')_$a.deb
if [ -f "$f" ]; then echo "~kept $w.$a $v $f"
elif { [ -f "/var/lib/dpkg/info/$w.md5sums" ] || [ -f "/var/lib/dpkg/info/$w:$a.md5sums" ]; } && [ -z "$(/usr/bin/dpkg --verify "$w" 2>&1)" ]; then case $(dpkg-query -L "$w" 2>/dev/null) in *'diverted by '*|*'locally diverted '*) ;; *) echo "~kept $w.$a $v rebuilt";; esac
fi
done
}`;

/** Reads what `apt_simulate` printed. */
export function readAptSimulation({ status, said, beside, notes, verb }: Simulation): TransactionAnswer {
  // apt looks at it only when it is about to change something.
  if (notes.includes('interrupted'))
    return { kind: 'refused', unknown: [], said: 'E: dpkg was interrupted, and must come to its end first' };
  if (status !== 0) {
    const unknown = said.flatMap((line) => {
      const name =
        /^E: Unable to locate package (\S+)$/.exec(line)?.[1] ??
        /^E: Package '([^']+)' has no installation candidate$/.exec(line)?.[1];
      return name === undefined || isVirtual(name, said) ? [] : [name];
    });
    return { kind: 'refused', unknown, said: refusal(said) };
  }
  const steps = said.flatMap(stepOf);
  const offered = new Set(
    beside
      .map((line) => line.split('|').map((word) => word.trim()))
      .map(([name, version]) => `${name}=${version}`),
  );
  const { running, files } = readNotes(notes);
  const gone = steps.filter(({ name, from }) => from !== null && !offered.has(`${name}=${from}`));
  const keeps = gone.flatMap(({ name, arch, from }): KeptFile[] => {
    const [key, path] =
      [...files].find(([one]) => one.startsWith(`${name}.`) && one.endsWith(` ${from}`)) ?? [];
    if (key === undefined || path === undefined || from === null) return [];
    return [{ name, arch: key.slice(name.length + 1).split(' ')[0] ?? arch, version: from, from: path }];
  });
  const scripted = beside.flatMap((line) => (line.startsWith('postrm ') ? [line.slice(7)] : []));
  return {
    kind: 'known',
    steps,
    lost: gone
      .filter(({ name, from }) => !keeps.some((kept) => kept.name === name && kept.version === from))
      .map(({ name, from }) => `${name} ${from}`),
    ...(keeps.length > 0 ? { keeps } : {}),
    ...(running === undefined ? {} : { running }),
    selected: Object.fromEntries(
      said.flatMap((line) => {
        const [, real, asked] = /^Note, selecting '([^']+)' instead of '([^']+)'/.exec(line) ?? [];
        return real === undefined || asked === undefined ? [] : [[asked, real]];
      }),
    ),
    scripted: verb === 'remove' ? scripted : [],
    configuration: beside.flatMap((line) => /^conf (\/.*) [0-9a-f]{32}(?: .*)?$/.exec(line)?.[1] ?? []),
  };
}

function isVirtual(name: string, said: readonly string[]): boolean {
  return said.includes(`Package ${name} is a virtual package provided by:`);
}

function stepOf(line: string): readonly TransactionStep[] {
  const installed = /^Inst (\S+) (?:\[([^\]]+)\] )?\((\S+) .*?\[([^\]]+)\]\)/.exec(line);
  if (installed) {
    const [, name = '', from = null, to = null, arch = ''] = installed;
    return [{ name: bare(name), arch, from, to }];
  }
  const [, name, from] = /^(?:Remv|Purg) (\S+) \[([^\]]*)\]/.exec(line) ?? [];
  if (name === undefined || from === undefined) return [];
  return [{ name: bare(name), arch: name.split(':')[1] ?? '', from, to: null }];
}

function bare(name: string): string {
  return name.replace(/:.*$/, '');
}

/** What counts of a refusal: apt's errors, and the packages that it lists above them. */
function refusal(said: readonly string[]): string {
  const listed = said.filter((line) =>
    /^(E: |Package \S+ is a virtual package| {1,2}\S|The following|WARNING)/.test(line),
  );
  return (listed.length > 0 ? listed : said).join('\n');
}
