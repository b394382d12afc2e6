import type { Entry } from './law_case.ts';

// What `systemctl` keeps and tells, as far as units' files, links and being up go. What systemd has read lies in
// /run/imitation/read, what is up in /run/imitation/active.
const systemctl = `#!/bin/sh
umask 022
v=/run/imitation e=/etc/systemd/system
folders="$e /run/systemd/system /usr/lib/systemd/system"
file() { for d in $folders; do if [ -e "$d/$1" ]; then echo "$d/$1"; return; fi; done; }
text() { f=$(file "$1"); if [ -n "$f" ]; then cat "$f" "$e/$1.d"/*.conf 2>/dev/null; fi; }
value() { sed -n "s/^$2=//p" "$v/read/$1" 2>/dev/null | tail -n 1; }
links() { for l in "$e"/*.wants/"$1"; do if [ -L "$l" ]; then echo "$l"; fi; done; }
state() {
if [ -n "$(links "$1")" ]; then echo enabled
elif grep -q '^WantedBy=.' "$v/read/$1"; then echo disabled
else echo static; fi
}
show() {
echo "Id=$1"
if ! [ -e "$v/read/$1" ]; then
echo LoadState=not-found; echo ActiveState=inactive; echo SubState=dead; echo UnitFileState=; echo NeedDaemonReload=no; return
fi
echo LoadState=loaded
if [ -e "$v/active/$1" ]; then echo ActiveState=active; case $1 in *.timer) echo SubState=waiting;; *) echo SubState=running;; esac
else echo ActiveState=inactive; echo SubState=dead; fi
echo "UnitFileState=$(state "$1")"
echo "FragmentPath=$(file "$1")"
if [ -e "$v/read/$1.d" ]; then echo DropInPaths=$(cat "$v/read/$1.d"); fi
if [ "$(text "$1")" = "$(cat "$v/read/$1")" ]; then echo NeedDaemonReload=no; else echo NeedDaemonReload=yes; fi
t=$(value "$1" Type); case $1 in *.service) echo "Type=\${t:-simple}";; esac
if [ -n "$(value "$1" ExecReload)" ]; then echo CanReload=yes; else echo CanReload=no; fi
echo Result=success; echo MainPID=0; echo NRestarts=0; echo ActiveEnterTimestampMonotonic=1
case $1 in *.timer)
r= m=0
if [ -e "$v/active/$1" ]; then
if [ -n "$(value "$1" OnCalendar)" ]; then r='Sat 2026-11-21 00:00:00 UTC'; fi
if grep -q '^On[A-Z][A-Za-z]*Sec=.' "$v/read/$1"; then m='4h 26min 16.896684s'; fi
else m=infinity; fi
echo "NextElapseUSecRealtime=$r"; echo "NextElapseUSecMonotonic=$m"; echo LastTriggerUSec=
u=$(value "$1" Unit); echo "Unit=\${u:-\${1%.timer}.service}";; esac
}
while :; do case $1 in --runtime|--no-block|--no-pager|-q) shift;; *) break;; esac; done
verb=$1; shift
case $1 in --no-pager) shift;; esac
case $1 in -p) shift 2;; esac
case $1 in --) shift;; esac
case $verb in
--version) echo 'systemd 252 (252.39)';;
show) n=; for u; do if [ -n "$n" ]; then echo; fi; n=1; show "$u"; done;;
daemon-reload)
rm -f "$v"/read/*
for d in $folders; do for f in "$d"/*.*; do
if [ -f "$f" ]; then u=\${f##*/}; text "$u" >"$v/read/$u"; fi
for p in "$e/$u.d"/*.conf; do if [ -f "$p" ]; then echo "$p" >>"$v/read/$u.d"; fi; done
done; done;;
start) for u; do [ -e "$v/read/$u" ] || { echo "Unit $u not found." >&2; exit 5; }; : >"$v/active/$u"; done;;
stop) for u; do rm -f "$v/active/$u"; done;;
try-restart|reset-failed) ;;
enable) for u; do for t in $(value "$u" WantedBy); do mkdir -p "$e/$t.wants"; ln -s "$(file "$u")" "$e/$t.wants/$u"; done; done;;
disable) for u; do for l in $(links "$u"); do rm "$l"; rmdir "\${l%/*}" 2>/dev/null; done; done;;
*) echo "Unknown command verb $verb." >&2; exit 1;;
esac
exit 0
`;

// Says of a file what the real one says in these cases.
const analyze = `#!/bin/sh
case $1 in --*) shift;; esac
case $1 in
calendar)
shift; case $1 in --) shift;; esac
for c; do case $c in
*Fry*|*';'*|*'$'*) echo "Failed to parse calendar specification '$c': Invalid argument" >&2; r=1;;
*) echo "  Original form: $c"; echo 'Normalized form: *-*-* 00:00:00';;
esac; done; exit \${r:-0};;
verify) if grep -q '^Restrt=' "$2"; then echo "$2:3: Unknown key 'Restrt' in section [Service], ignoring." >&2; exit 1; fi;;
esac
`;

/** A host of systemd with units that it has read: their text by their path. */
export function systemd(units: Readonly<Record<string, string>> = {}): Readonly<Record<string, Entry>> {
  const read = Object.entries(units).map(([path, text]) => [
    `run/imitation/read/${path.slice(path.lastIndexOf('/') + 1)}`,
    text,
  ]);
  return {
    'bin/systemctl': { program: systemctl },
    'bin/systemd-analyze': { program: analyze },
    'run/systemd/system': 'folder',
    'etc/systemd/system': 'folder',
    'run/imitation/read': 'folder',
    'run/imitation/active': 'folder',
    ...units,
    ...(Object.fromEntries(read) as Record<string, string>),
  };
}
