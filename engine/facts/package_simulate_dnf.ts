import { sh } from '../shell/script.ts';
import { readNotes } from './package_transaction_notes.ts';
import type { KeptFile, Simulation, TransactionAnswer, TransactionStep } from './package_transaction.ts';

/**
 * A shell function: `dnf_simulate WORD…` tells what dnf or yum (in `p`) would do with the packages in `need`, by the
 * metadata that is there already. A lock that somebody holds is not waited for. dnf insists on writing a log: it gets
 * a folder of its own in memory, which goes at once. yum would save what it was not let do (autosavets).
 */
export const dnfSimulation = sh`dnf_still() (
l=; trap '[ -z "$l" ] || rm -rf -- "$l"' EXIT; trap 'exit 143' HUP INT TERM
case $p in
dnf) l=$(mktemp -d /dev/shm/fettle.XXXXXXXX 2>/dev/null || mktemp -d) || exit; set -- --setopt=logdir="$l" "$@";;
yum) set -- --setopt=logfile=/dev/null --setopt=autosavets=0 "$@";;
esac
"$p" -C --setopt=exit_on_lock=1 "$@"
)
dnf_simulate() {
o=$(dnf_still --assumeno "$@" $need 2>&1); s=$?
echo "= dnf $s"; lined : "$o"; echo "~running $(uname -r)"
c=; IFS=$nl
for r in $o; do case $r in
' '[A-Za-z0-9]*) r=\${r# }; c="$c \${r%% *}";;
*' replacing '*) r=\${r##* replacing }; r=\${r#"\${r%%[! ]*}"}; c="$c \${r%% *}";;
esac; done
unset IFS
[ -n "$c" ] || return 0
o=$(/usr/bin/rpm -q --qf '|%{NAME}|%{ARCH}|%{EPOCHNUM}|%{VERSION}-%{RELEASE}\\n' $c 2>/dev/null)
lined + "$o"
printf '%s\\n' "$o" | while IFS='|' read -r x n a e v; do
[ -n "$v" ] || continue
set +f
for f in /var/cache/dnf/*/packages/"$n-$v.$a.rpm" /var/cache/libdnf5/*/packages/"$n-$v.$a.rpm" /var/cache/yum/*/*/*/packages/"$n-$v.$a.rpm"; do
if [ -f "$f" ]; then [ "$e" = 0 ] || v=$e:$v; echo "~kept $n.$a $v $f"; break; fi
done
set -f
done
case $o in *"|"*) lined + "$(dnf_still -q list --showduplicates $c 2>/dev/null)";; esac
}`;

/** Reads what `dnf_simulate` printed: dnf 4, dnf 5 and yum 3 print the same kind of table. */
export function readDnfSimulation({ status, said, beside, notes }: Simulation): TransactionAnswer {
  const unknown = said.flatMap((line) => {
    const name = /^(?:No match for argument: |No package )(\S+?)(?: available\.)?$/.exec(line)?.[1];
    return name === undefined ? [] : [name];
  });
  const rows = tableRows(said);
  if (unknown.length > 0) return { kind: 'refused', unknown, said: refusal(said) };
  if (rows.length === 0) {
    if (
      status === 200 ||
      said.some((line) => /currently holding the yum lock|Waiting for process/.test(line))
    )
      return { kind: 'unknown', why: 'another program holds the lock' };
    if (said.some((line) => /cache.?only|no cache for|Cannot retrieve|not readable/i.test(line)))
      return { kind: 'unknown', why: 'the host has no metadata of its repositories yet' };
    return { kind: 'refused', unknown: [], said: refusal(said) };
  }
  const before = installedRows(beside);
  const offered = offeredVersions(beside);
  const steps = rows.map(({ section, name, arch, version }): TransactionStep => {
    if (/^Remov/.test(section)) return { name, arch, from: version, to: null };
    const replaces = /^(Upgrad|Updat|Downgrad|Reinstall)/.test(section);
    return { name, arch, from: replaces ? (before.get(`${name}.${arch}`) ?? null) : null, to: version };
  });
  const replaced = said.flatMap((line): TransactionStep[] => {
    const [, name, arch = '', from] =
      /^ +replacing +(\S+)\.([^.\s]+) +(\S+)$/.exec(line) ??
      // dnf 5, which tells of every upgrade what it replaces.
      /^ +replacing +(\S+) +(\S+) +(\S+) +\S+ /.exec(line) ??
      [];
    const isOwn = rows.some((row) => row.name === name && row.arch === arch);
    return name === undefined || from === undefined || isOwn ? [] : [{ name, arch, from, to: null }];
  });
  const { running, files } = readNotes(notes);
  const gone = [...steps, ...replaced].filter(
    ({ name, arch, from }) => from !== null && !offered.has(`${name}.${arch} ${from}`),
  );
  const keeps = gone.flatMap(({ name, arch, from }): KeptFile[] => {
    const path = files.get(`${name}.${arch} ${from}`);
    return path === undefined || from === null ? [] : [{ name, arch, version: from, from: path }];
  });
  return {
    kind: 'known',
    steps: [...steps, ...replaced],
    lost: gone
      .filter(({ name, arch, from }) => !files.has(`${name}.${arch} ${from}`))
      .map(({ name, from }) => `${name} ${from}`),
    ...(keeps.length > 0 ? { keeps } : {}),
    ...(running === undefined ? {} : { running }),
    selected: {},
    scripted: [],
    configuration: [],
  };
}

interface TableRow {
  readonly section: string;
  readonly name: string;
  readonly arch: string;
  readonly version: string;
}

/** A row that is too long goes on in lines that are indented further. */
function tableRows(said: readonly string[]): readonly TableRow[] {
  const rows: TableRow[] = [];
  let section = '';
  let words: string[] = [];
  const close = () => {
    const [name, arch, version] = words;
    if (section !== '' && name !== undefined && arch !== undefined && version !== undefined)
      rows.push({ section, name, arch, version });
    words = [];
  };
  for (const line of said) {
    if (/^ \S/.test(line)) {
      close();
      words = line.trim().split(/\s+/);
    } else if (/^ {2,}/.test(line)) {
      if (words.length > 0 && !/^ +replacing /.test(line)) words.push(...line.trim().split(/\s+/));
    } else {
      close();
      if (/^[A-Z][^:]*:$/.test(line)) section = line.slice(0, -1);
      else if (/^(Transaction Summary|=+$)/.test(line)) section = line.startsWith('=') ? section : '';
    }
  }
  close();
  return rows.filter(({ section: one }) => /^(Install|Upgrad|Updat|Remov|Downgrad|Reinstall)/.test(one));
}

function installedRows(beside: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    beside.flatMap((line) => {
      const [start, name, arch, epoch, version] = line.split('|');
      if (start !== '' || version === undefined) return [];
      return [[`${name}.${arch}`, epoch === '0' ? version : `${epoch}:${version}`] as const];
    }),
  );
}

/** What `list --showduplicates` offers; a long name stands on a line of its own. */
function offeredVersions(beside: readonly string[]): ReadonlySet<string> {
  const offered = new Set<string>();
  let held = '';
  let isInstalled = false;
  for (const line of beside.filter((one) => !one.startsWith('|'))) {
    const [heading] = /^(?:Available|Installed|Obsoleting) /.exec(line) ?? [];
    if (heading !== undefined) isInstalled = heading === 'Installed ';
    // dnf 5 does not mark them with "@".
    if (heading !== undefined || isInstalled) continue;
    const words = `${held} ${line}`.trim().split(/\s+/);
    const [name = '', version = '', repository] = words;
    held = words.length < 3 && /^\S+\.\S+$/.test(name) ? words.join(' ') : '';
    if (repository !== undefined && !/^(@|installed$)/.test(repository)) offered.add(`${name} ${version}`);
  }
  return offered;
}

function refusal(said: readonly string[]): string {
  const from = said.findIndex((line) =>
    /^(Error|Problem|No match|No package|All matches were filtered| Problem)/.test(line),
  );
  return said
    .slice(Math.max(from, 0))
    .filter((line) => !/^(Operation aborted|Last metadata)/.test(line))
    .slice(0, 30)
    .join('\n');
}
