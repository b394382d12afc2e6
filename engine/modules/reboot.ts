import type { Answered } from '../contract/probe.ts';
import { known, map } from '../contract/probe.ts';
import type { Action, Outcome } from '../contract/module.ts';
import { isRelease } from '../facts/release_order.ts';
import { lines } from '../shell/script.ts';
import { rebootArguments, type RebootArgs } from './reboot/arguments.ts';
import { rebootNeeded } from './reboot/needed.ts';
import { bootScript, rebootScript } from './reboot/script.ts';
import { noteKernel, undoReboot } from './reboot/undo.ts';

/** Seconds in which the command has been begun and said so. What watches over it may hold up a shutdown for as long. */
const answerTime = 8;

/** Seconds between two attempts to log in. */
const pause = 2;

/** Reboots a host and waits until it is back. */
export const reboot: Action<RebootArgs> = {
  kind: 'action',
  name: 'reboot',
  summary: 'Reboots the host and waits until it can be worked on again.',
  args: rebootArguments,
  notes: [
    'It is back when it lets fettle log in, become user included, under another boot id (/proc/sys/kernel/random/boot_id), and the test command has ended with status 0. A container has the boot id of its host, and is not rebooted by this.',
    'A reboot is needed where /run/reboot-required lies (Debian, Ubuntu), where `needs-restarting -r` says so (EL, with dnf-utils or yum-utils), else where a newer kernel is installed with its modules than the one that runs.',
    'In check mode it says whether a reboot is needed; where nothing asks for it there is nothing to tell, although a run without `when_needed` reboots all the same.',
    'A host that is not back in time is unreachable, and what was seen of it last is told.',
    'The machine that fettle runs on is not rebooted.',
    "With `kernel` it fails as soon as the host is back with another one: after a boot for once (`kernel: {once: true}`) that is the old one, which GRUB starts again where the new one did not come up (`panic=10` on the kernel's command line, or a power cycle).",
    'A reboot cannot be taken back. With `kernel` an undo goes on behind it where the former kernel runs again; where it does not, it stops there and says how to boot it.',
    '`elapsed` of the register has the seconds until it was back, `rebooted` is true, `kernel` is the one that runs, and with `settled` there are `system` ("running", "degraded") and `failed_units`.',
  ],
  guard: ({ when_needed, kernel }) => {
    if (!when_needed) return known(null);
    const idle = kernel === undefined ? 'no reboot is needed' : `no reboot is needed: ${kernel} runs`;
    return map(rebootNeeded(kernel), (why) => (why === null ? idle : null));
  },
  reads: () => false,
  foretell: ({ kernel }) =>
    map(rebootNeeded(kernel), (why) => (why === null ? null : `a reboot is needed: ${why}`)),
  run(wanted, { host }) {
    const { pre_reboot_delay = 0, post_reboot_delay = 0, reboot_timeout = 600, stable = 0 } = wanted;
    const { connect_timeout } = wanted;
    return {
      what: 'reboot the host',
      script: wanted.kernel === undefined ? rebootScript(wanted) : lines([noteKernel, rebootScript(wanted)]),
      timeout: Math.ceil(pre_reboot_delay) + answerTime,
      touches: '*',
      undo: wanted.kernel === undefined ? { impossible: 'a reboot cannot be taken back' } : undoReboot(host),
      reconnect: {
        delay: post_reboot_delay,
        timeout: reboot_timeout,
        pause,
        stable,
        ...(connect_timeout === undefined ? {} : { connectTimeout: connect_timeout }),
        probe: bootScript(wanted),
        ready: (now, before) => isBack(now, before),
        became: (now) => whatCame(now, wanted),
      },
      result: readReboot,
    };
  },
};

function isBack(now: Answered, before: Answered | undefined): true | string {
  const [boot = '', , system = '', , ...said] = now.output.split('\n');
  if (boot === '') return 'it is up, but does not tell its boot id';
  if (boot === before?.output.split('\n')[0])
    return 'it is up, but has not been rebooted: its boot id is the same';
  if (['initializing', 'starting', 'stopping'].includes(system))
    return `it was rebooted, and systemd is still ${system}`;
  if (now.code === 0) return true;
  const last = said.findLast((line) => line !== '') ?? '';
  return `it was rebooted, but its test command ends with status ${now.code}${last && `: ${last.slice(0, 300)}`}`;
}

function whatCame({ output }: Answered, { kernel, settled }: RebootArgs) {
  const [, release = '', system = '', units = ''] = output.split('\n');
  const failed_units = units.split(' ').filter(Boolean);
  const values = { kernel: release, ...(settled ? { system: system || null, failed_units } : {}) };
  if (kernel === undefined || isRelease(release, kernel)) return { values };
  return { failed: `the host came back with the kernel ${release}, expected ${kernel}`, values };
}

function readReboot({ code, stderr, timedOut }: Outcome) {
  if (code === 0) return { changed: true, values: { rebooted: true } };
  const said = stderr.toString('utf8').trim().split('\n').at(-1) ?? '';
  const how = timedOut ? 'it did not end in time' : `status ${code}`;
  return { changed: false, failed: `the host was not rebooted: ${said || how}`, values: { rebooted: false } };
}
