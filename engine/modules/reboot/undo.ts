import { noted, type Undo } from '../../contract/change.ts';
import { lines, sh, type Script } from '../../shell/script.ts';

/** Notes, for the undo, which kernel runs before the reboot. */
export const noteKernel: Script = sh`{ mkdir -p "$FETTLE_SAVE" && uname -r >${noted('kernel')}; } || { echo 'the kernel that runs could not be noted' >&2; exit 1; }`;

/**
 * What a reboot into another kernel is taken back by: nothing where the former one runs again. Where it does not, the undo
 * stops there and says how to boot it: what was done before the reboot (a kernel installed) must not go from under the
 * kernel that runs, and when a host goes down is for people to say.
 */
export function undoReboot(host: string): Undo {
  return lines([
    sh`read -r k 2>/dev/null <${noted('kernel')} || exit 0`,
    sh`n=$(uname -r); [ "$n" != "$k" ] || exit 0`,
    sh`r=\${FETTLE_SAVE%/*/*}; r=\${r##*/}`,
    sh`printf '%s\\n' "$n runs, and before the reboot it was $k; what was done before the reboot is left as it is. Boot that one again, then go on:" "  fettle do "${host}" kernel version=$k -b" "  fettle do "${host}" reboot kernel=$k -b" "  fettle undo $r" >&2`,
    sh`exit 1`,
  ]);
}
