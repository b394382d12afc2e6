import { lines, sh, type Script } from '../../shell/script.ts';
import type { RebootArgs } from './arguments.ts';

const bootId = '/proc/sys/kernel/random/boot_id';

/**
 * Begins the reboot and says so before the connection ends: the command works on its own, and is watched for two
 * seconds, in which one that cannot reboot has failed.
 */
export function rebootScript({
  reboot_command,
  msg = 'Reboot by fettle',
  pre_reboot_delay = 0,
}: RebootArgs): Script {
  const command = reboot_command ?? usual.text;
  return lines([
    sh`PATH=$PATH:/usr/sbin:/sbin; export PATH; msg=${msg}; export msg`,
    sh`[ -r ${bootId} ] || { echo 'a reboot cannot be told here: there is no ${sh`${bootId}`}' >&2; exit 1; }`,
    ...(pre_reboot_delay > 0 ? warning(pre_reboot_delay) : []),
    sh`d=$(mktemp -d) || exit`,
    sh`{ setsid sh -c ${command} >"$d/said" 2>&1; echo "$?" >"$d/ended"; } </dev/null >/dev/null 2>&1 &`,
    sh`n=0; while [ "$n" -lt 20 ] && ! [ -s "$d/ended" ]; do sleep 0.1 2>/dev/null || { sleep 1; n=$((n + 9)); }; n=$((n + 1)); done`,
    sh`code=; read -r code 2>/dev/null <"$d/ended"`,
    sh`cat "$d/said" >&2; rm -rf "$d"; exit "\${code:-0}"`,
  ]);
}

/**
 * What the host says of its boot, a line each: boot id, kernel, how far systemd is and the units that failed (both empty
 * where nobody wants to know, or systemd does not run); then what the test command says, where there is one.
 */
export function bootScript({ test_command, settled }: RebootArgs): Script {
  const boot = sh`PATH=$PATH:/usr/sbin:/sbin; export PATH; cat ${bootId} || exit; uname -r`;
  const system = settled ? systemScript : sh`echo; echo`;
  return lines([boot, system, ...(test_command === undefined ? [] : [sh`sh -c ${test_command} 2>&1`])]);
}

// It has no --wait before systemd 240, and is asked again anyhow.
const systemScript = sh`if [ -d /run/systemd/system ]; then
systemctl is-system-running 2>/dev/null || :
systemctl list-units --state=failed --plain --no-legend --no-pager 2>/dev/null | sed 's/^ *//; s/ .*//' | tr '\n' ' '
echo
else echo; echo
fi`;

/** One that is refused is not tried in another way: there will be a reason. */
const usual = sh`if command -v shutdown >/dev/null; then shutdown -r -- now "$msg"
elif command -v systemctl >/dev/null; then systemctl reboot
elif command -v reboot >/dev/null; then reboot
else echo 'there is neither shutdown nor systemctl nor reboot' >&2; exit 127; fi`;

function warning(seconds: number): readonly Script[] {
  return [
    sh`if command -v wall >/dev/null; then printf '%s\\n' "$msg" | wall; fi >/dev/null 2>&1`,
    sh`sleep ${seconds} 2>/dev/null || sleep ${Math.ceil(seconds)}`,
  ];
}
