import { lines, sh, type Script } from '../../shell/script.ts';
import { isLocal, type WaitForArgs } from './arguments.ts';

/** Exit statuses of the script beyond found (0) and out of time (1). */
export const badRegex = 3;
export const noClient = 4;

/**
 * Looks until things are as wanted or the time is over. Standard output has a line "waited SECONDS s",
 * then the line that matched; out of time, standard error has what was seen last.
 */
export function watchScript(args: WaitForArgs): Script {
  const { delay = 0, timeout = 300, sleep = 1 } = args;
  return lines([
    sh`LC_ALL=C; export LC_ALL`,
    clock,
    sh`pause() { sleep "$1" 2>/dev/null || sleep "$(( \${1%%.*} + 1 ))"; }`,
    ...look(args),
    sh`clock; start=$now`,
    ...(delay > 0 ? [sh`pause ${delay}`] : []),
    sh`while :; do`,
    sh`if seen; then waited; [ -z "$match" ] || printf '%s\\n' "$match"; exit 0; fi`,
    sh`clock; [ "$((now - start))" -lt ${Math.round(timeout * 100)} ] || break`,
    sh`pause ${sleep}`,
    sh`done`,
    sh`waited; last >&2; exit 1`,
  ]);
}

/** Hundredths of a second since boot; a leading zero would make the number octal. */
const clock = sh`clock() {
read -r now rest </proc/uptime
now=\${now%.*}\${now#*.}
while case $now in 0?*) ;; *) false;; esac; do now=\${now#0}; done
}
waited() { clock; now=$((now - start)); printf 'waited %d.%02d s\\n' "$((now / 100))" "$((now % 100))"; }
match=`;

/** Functions: `seen` says whether it is as wanted, `last` prints what was seen. */
function look(args: WaitForArgs): readonly Script[] {
  const { path, port, search_regex, host } = args;
  const isGone = args.state === 'absent' || args.state === 'stopped';
  if (path !== undefined && search_regex !== undefined)
    return lookForLine(path, search_regex, args.from ?? 0, isGone);
  if (path !== undefined) return lookForPath(path, isGone);
  if (port !== undefined && isLocal(host)) return lookForListener(port, args);
  if (port !== undefined) return lookForServer(host ?? '', port, args, isGone);
  return [sh`seen() { false; }`, sh`last() { :; }`];
}

function lookForPath(path: string, isGone: boolean): readonly Script[] {
  return [
    sh`seen() { ${isGone ? sh`!` : sh``} [ -e ${path} ]; }`,
    sh`last() { if [ -e ${path} ]; then echo 'it is there'; elif [ -L ${path} ]; then echo 'it is a dangling link'; else echo 'it is not there'; fi; }`,
  ];
}

function lookForLine(path: string, regex: string, from: number, isGone: boolean): readonly Script[] {
  return [
    sh`f=${path} from=${from} inode=`,
    sh`echo | grep -E -e ${regex} >/dev/null; [ $? -le 1 ] || exit ${badRegex}`,
    // A file that was rotated is another one, or shorter than it was.
    sh`seen() {
[ -f "$f" ] || { inode=; ${isGone ? sh`return 0` : sh`from=0; return 1`}; }
s=$(stat -L -c '%i %s' -- "$f") || return 1
if [ "\${s#* }" -lt "$from" ] || [ "\${inode:-\${s% *}}" != "\${s% *}" ]; then from=0; fi
inode=\${s% *}
match=$(tail -c "+$((from + 1))" -- "$f" | tr -d '\\000' | grep -E -m 1 -e ${regex})
${isGone ? sh`[ $? = 1 ]` : sh``}
}`,
    sh`last() {
if [ -e "$f" ]; then
stat -L -c 'it is there, %s bytes' -- "$f"
tail -c 4096 -- "$f" | tr -d '\\000' | tail -n 1
else echo 'it is not there'; fi
}`,
  ];
}

/**
 * The kernel's tables: state 0A is a listener, 01 to 06 a connection, addresses and ports in hex. Read by `cat` at
 * once: a busy host has many thousand rows, and a shell would read them byte by byte.
 */
function lookForListener(port: number, { state }: WaitForArgs): readonly Script[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const isDrained = state === 'drained';
  const isGone = isDrained || state === 'absent' || state === 'stopped';
  const row = isDrained
    ? `^ *[0-9]+: [0-9A-F]+:${hex} [0-9A-F]+:[0-9A-F]+ 0[1-6] `
    : `^ *[0-9]+: (${ownAddresses}):${hex} [0-9A-F]+:[0-9A-F]+ 0A `;
  return [
    sh`seen() {
n=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -E -c -e ${row})
[ "$n" ${isGone ? sh`=` : sh`!=`} 0 ]
}`,
    isDrained
      ? sh`last() { echo "$n connections are left"; }`
      : sh`last() { if [ "$n" = 0 ]; then echo 'nothing listens there'; else echo 'something listens there'; fi; }`,
  ];
}

/** Any and 127.x, of IPv6 also ::1 and mapped IPv4; 127.0.0.1 is 0100007F or 7F000001 by the host's byte order. */
const ownAddresses = '00000000|.{6}7F|7F.{6}|0{32}|0{24}01000000|0{31}1|0{16}.{16}';

/** bash can connect by itself. busybox' nc has no -z, and would stay until the other side ends: it runs `true` instead. */
function lookForServer(host: string, port: number, args: WaitForArgs, isGone: boolean): readonly Script[] {
  const seconds = args.connect_timeout ?? 5;
  return [
    sh`limit=; if command -v timeout >/dev/null; then limit='timeout ${seconds}'; fi`,
    sh`if command -v bash >/dev/null; then`,
    sh`reach() { $limit bash -c 'exec 3<>"/dev/tcp/$1/$2"' reach ${host} ${port}; }`,
    sh`elif command -v nc >/dev/null; then`,
    sh`case $(nc -h 2>&1) in`,
    sh`*BusyBox*) reach() { $limit nc -w ${seconds} ${host} ${port} -e true; };;`,
    sh`*) reach() { $limit nc -z -w ${seconds} ${host} ${port}; };;`,
    sh`esac`,
    sh`else exit ${noClient}; fi`,
    sh`why=; seen() { ${isGone ? sh`!` : sh``} why=$(reach 2>&1 >/dev/null </dev/null); }`,
    sh`last() { printf '%s\\n' "\${why:-the port is ${isGone ? 'open' : 'closed'}}"; }`,
  ];
}
