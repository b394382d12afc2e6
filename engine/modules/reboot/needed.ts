import { ask, askScript, map, type Probe } from '../../contract/probe.ts';
import { kernel as runningKernel } from '../../facts/kernel.ts';
import { compareReleases, isRelease } from '../../facts/release_order.ts';
import { sh } from '../../shell/script.ts';

/** Why a host should be rebooted, or null where nothing asks for it; another kernel than the wanted one alone, where one is. */
export function rebootNeeded(kernel?: string): Probe<string | null> {
  if (kernel !== undefined)
    return map(ask(runningKernel, undefined), ({ release }) => otherKernel(release, kernel));
  // It may take a second (needs-restarting), so that it is asked when its turn comes and not with every look ahead.
  return map(askScript('reboot needed', neededScript, about, true), ({ output }) => readNeeded(output));
}

function otherKernel(running: string, wanted: string): string | null {
  return isRelease(running, wanted) ? null : `the kernel ${wanted} is to run, and ${running} runs`;
}

const about = [
  'path:/run/reboot-required',
  'path:/var/run/reboot-required',
  'path:/lib/modules',
  'package:kernel',
] as const;

/**
 * Debian's and Ubuntu's mark (/run/reboot-required, unattended-upgrades), else what `needs-restarting -r` says (dnf-utils,
 * yum-utils), and the kernels that are there with their modules.
 */
export const neededScript = sh`LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin
marked=
for mark in /run/reboot-required /var/run/reboot-required; do
if [ -e "$mark" ] && [ -z "$marked" ]; then
marked=1; echo marked
if [ -r "$mark.pkgs" ]; then while read -r name; do printf 'package %s\\n' "$name"; done <"$mark.pkgs"; fi
fi
done
if [ -z "$marked" ] && command -v needs-restarting >/dev/null; then
said=$(needs-restarting -r 2>&1 </dev/null); echo "restarting $?"
printf '%s\\n' "$said" | while IFS= read -r line; do printf 'said %s\\n' "$line"; done
fi
printf 'running %s\\n' "$(uname -r)"
for kernel in /lib/modules/*; do if [ -d "$kernel/kernel" ]; then printf 'installed %s\\n' "\${kernel##*/}"; fi; done
exit 0`;

/** Reads what the script says. */
export function readNeeded(output: string): string | null {
  const rows = output.split('\n').map((row): readonly [string, string] => {
    const at = row.indexOf(' ');
    return at === -1 ? [row, ''] : [row.slice(0, at), row.slice(at + 1)];
  });
  const all = (word: string): readonly string[] =>
    rows.filter(([first]) => first === word).map(([, rest]) => rest);
  if (all('marked').length > 0)
    return updated([...new Set(all('package'))], 'the host asks for it (/run/reboot-required)');
  const said = all('said');
  const [status] = all('restarting');
  // A failure of its own has status 1 too.
  if (status === '1' && said.some((line) => /reboot is required/i.test(line)))
    return updated(said.flatMap(packageOf), 'the host asks for it (needs-restarting)');
  if (status === '0') return null;
  return newerKernel(all('running')[0] ?? '', all('installed'));
}

/** "  * kernel" (dnf), "  glibc -> 2.17-326.el7_9" (yum). */
function packageOf(line: string): readonly string[] {
  const match = /^\s+(?:\* )?([\w.+-]+)(?: -> \S+)?\s*$/.exec(line);
  return match?.[1] === undefined ? [] : [match[1]];
}

function updated(packages: readonly string[], otherwise: string): string {
  return packages.length === 0 ? otherwise : `updated since the host was booted: ${packages.join(', ')}`;
}

/** Kernels of one flavour are compared: a newer `-rt` or `+debug` beside the running one asks for nothing. */
function newerKernel(running: string, installed: readonly string[]): string | null {
  if (installed.length === 0) return null;
  const newest = installed
    .filter((release) => flavourOf(release) === flavourOf(running))
    .sort(compareReleases)
    .at(-1);
  if (newest !== undefined && compareReleases(newest, running) > 0)
    return `the kernel ${newest} is installed, and ${running} runs`;
  return installed.includes(running) ? null : `the kernel that runs (${running}) is not installed any more`;
}

/** "6.1.0-18-cloud-amd64" → "cloud-amd64"; "5.14.0-427.el9.x86_64+rt" → "rt". */
function flavourOf(release: string): string {
  return /(?:-([a-z][a-z0-9_-]*)|\+([a-z0-9_-]+))$/.exec(release)?.slice(1).find(Boolean) ?? '';
}
