import { sent } from '../../contract/change.ts';
import { withSystemPath } from '../../facts/program.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import { newFileMark } from './included.ts';

/**
 * Lets sshd judge the complete configuration with the new file in it, before that is put into place: the new file
 * itself (staged first), or a main file (staged second) that includes it.
 */
export function tryNewFile(isMain: boolean): Script {
  return lines([
    sh`(`,
    withSystemPath,
    sh`s=$(command -v sshd) || s=/usr/sbin/sshd`,
    isMain
      ? sh`c=${sent(0)}`
      : sh`c=$(mktemp) || exit 1; trap 'rm -f -- "$c"' EXIT; trap 'exit 143' HUP INT TERM; sed ${`s|${newFileMark}|`}"$FETTLE_IN"'0|' ${sent(1)} >"$c" || exit 1`,
    sh`o=$("$s" -t -f "$c" 2>&1) && exit 0`,
    // A server that is not up has no such directory on some systems.
    sh`case $o in *'Missing privilege separation directory: '*)
d=\${o##*directory: }; d=\${d%"$(printf '\\r')"}; mkdir -m 755 -- "$d" && { o=$("$s" -t -f "$c" 2>&1); r=$?; rmdir -- "$d"; [ $r != 0 ] || exit 0; };;
esac`,
    sh`printf 'sshd refuses the new configuration, so the old one stays:\\n%s\\n' "$o" >&2; exit 1`,
    sh`) </dev/null || exit 1`,
  ]);
}

/** Lets a running sshd read its files anew; where none runs there is nothing to do. */
export function reloadSshd(main: string): Script {
  return lines([
    sh`(`,
    withSystemPath,
    sh`if [ -d /run/systemd/system ]; then`,
    sh`for u in ssh.service sshd.service; do`,
    sh`if systemctl -q is-active "$u"; then systemctl reload -- "$u"; exit; fi`,
    sh`done`,
    sh`else`,
    sh`s=$(command -v sshd) || s=/usr/sbin/sshd`,
    sh`f=$("$s" -T -f ${main} 2>/dev/null | sed -n 's/^pidfile //p')`,
    sh`p=; c=; { read -r p <"\${f:-/run/sshd.pid}"; } 2>/dev/null`,
    sh`[ -z "$p" ] || { read -r c <"/proc/$p/comm"; } 2>/dev/null`,
    sh`[ "$c" != sshd ] || kill -s HUP "$p"`,
    sh`fi`,
    sh`) </dev/null || exit 1`,
  ]);
}
