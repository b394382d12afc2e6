import { withSystemPath } from '../../facts/program.ts';
import { sh, type Script } from '../../shell/script.ts';
import type { AvcArgs } from './arguments.ts';

/** Of the log, no more than the last bytes are told. */
export const largest = 8 * 1024 * 1024;

/** Statuses of the script that say why nothing was read. */
export const [isOff, isHidden] = [3, 4];

/*
 * Prints "SOURCE SINCE NOW" (seconds), then records as they stand in the log. ausearch reads its standard input where that
 * is a pipe, as it always is behind sshd, unless it is told of the logs; its dates are those of the locale (%x). What
 * happens while auditd does not run goes to the log of the kernel, however many logs it has left behind.
 */
export function readScript({ since = 'today' }: AvcArgs): Script {
  return sh`LC_ALL=C; export LC_ALL
${withSystemPath}
if ! [ -e /sys/fs/selinux/enforce ] && ! [ -e /selinux/enforce ]; then exit ${isOff}; fi
now=$(date +%s)
case ${String(since)} in
today) t=$(date '+1%H 1%M 1%S'); set -- $t; s=$((now - ($1 - 100) * 3600 - ($2 - 100) * 60 - ($3 - 100)));;
recent) s=$((now - 600));;
boot) read -r u x </proc/uptime; s=$((now - \${u%%.*}));;
*) s=${String(since)};;
esac
w=\${s%%.*} l=/var/log/audit/audit.log
if [ -e "$l" ] && ! [ -r "$l" ]; then exit ${isHidden}; fi
k=dmesg
if command -v journalctl >/dev/null && journalctl -k -q -n 1 </dev/null >/dev/null 2>&1; then k=journal; fi
kernel() {
case $k in
journal) journalctl -k -q --no-pager -o cat --since "@$w" </dev/null 2>/dev/null;;
*) dmesg 2>/dev/null;;
esac | grep -a 'avc: ' | tail -c ${largest}
}
if ! [ -e "$l" ]; then
if [ $k = dmesg ] && ! dmesg >/dev/null 2>&1; then exit ${isHidden}; fi
echo "$k $s $now"
kernel
exit 0
fi
p= m=
for f in /run/auditd.pid /var/run/auditd.pid; do if [ -r "$f" ]; then read -r p x <"$f" || :; fi; done
if [ -z "$p" ] || ! [ -d "/proc/$p" ]; then m=$(kernel); fi
if command -v ausearch >/dev/null; then
echo "ausearch\${m:++$k} $s $now"
t=$(date -d "@$w" '+%x %H:%M:%S' 2>/dev/null) || t=
{ ausearch --input-logs -m AVC,USER_AVC --raw \${t:+-ts $t} </dev/null 2>&1 >&3 | grep -i error >&2; } 3>&1 | tail -c ${largest}
else
echo "audit.log\${m:++$k} $s $now"
for f in "$l.1" "$l"; do if [ -r "$f" ]; then grep -aE '^(node=[^ ]+ )?type=(AVC|USER_AVC) ' "$f"; fi; done | tail -c ${largest}
fi
if [ -n "$m" ]; then printf '%s\\n' "$m"; fi
exit 0`;
}
