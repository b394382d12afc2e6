import { CannotPlan } from '../../contract/change.ts';
import { Secret } from '../../shell/secret.ts';
import type { SystemdTimerArgs } from './arguments.ts';

/** The first line of the files that this module makes; a service without it is left alone. */
export const header = '# Kept by fettle (systemd_timer).';

/** The timer's name with its suffix. */
export function timerName({ name }: SystemdTimerArgs): string {
  return name.endsWith('.timer') ? name : `${name}.timer`;
}

/** The service of the same name. */
export function serviceName(args: SystemdTimerArgs): string {
  return timerName(args).replace(/\.timer$/, '.service');
}

/** The triggers that elapse once after a boot or start, and those that begin again. */
const once = ['on_boot_sec', 'on_startup_sec', 'on_active_sec'] as const;
const again = ['on_calendar', 'on_unit_active_sec', 'on_unit_inactive_sec'] as const;

const settings = {
  on_calendar: 'OnCalendar',
  on_boot_sec: 'OnBootSec',
  on_startup_sec: 'OnStartupSec',
  on_active_sec: 'OnActiveSec',
  on_unit_active_sec: 'OnUnitActiveSec',
  on_unit_inactive_sec: 'OnUnitInactiveSec',
  persistent: 'Persistent',
  randomized_delay_sec: 'RandomizedDelaySec',
  accuracy_sec: 'AccuracySec',
} as const;

/** Whether the timer may have no next time because it has been. */
export function elapsesOnce(args: SystemdTimerArgs): boolean {
  return again.every((key) => args[key] === undefined);
}

/** The text of the timer. Throws CannotPlan where it would never elapse, or is not said what to start. */
export function timerText(args: SystemdTimerArgs): string {
  refuse(args);
  const lines = Object.entries(settings).flatMap(([key, setting]) => {
    const value = args[key as keyof typeof settings];
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map((one) => `${setting}=${one}`);
  });
  return text([
    ['[Unit]', `Description=${args.description ?? `Times ${args.unit ?? serviceName(args)}`}`],
    ['[Timer]', ...lines, `Unit=${args.unit ?? serviceName(args)}`],
    ['[Install]', 'WantedBy=timers.target'],
  ]);
}

/** The text of the service that runs `command`, or null where another unit is started. */
export function serviceText(args: SystemdTimerArgs): string | null {
  const { command, user } = args;
  if (command === undefined) return null;
  const line = typeof command === 'string' ? command : command.map(execWord).join(' ');
  return text([
    ['[Unit]', `Description=${args.description ?? `What ${timerName(args)} runs`}`],
    ['[Service]', 'Type=oneshot', ...(user === undefined ? [] : [`User=${user}`]), `ExecStart=${line}`],
  ]);
}

function text(sections: readonly (readonly string[])[]): string {
  return `${header}\n${sections.map((lines) => `${lines.join('\n')}\n`).join('\n')}`;
}

function refuse(args: SystemdTimerArgs): void {
  const { command, unit, user } = args;
  if ((command === undefined) === (unit === undefined))
    throw new CannotPlan('give either `command` or `unit`');
  if (user !== undefined && command === undefined)
    throw new CannotPlan('`user` goes with `command`; a unit says itself who it runs as');
  if ([...once, ...again].every((key) => args[key] === undefined)) {
    throw new CannotPlan(`nothing says when ${timerName(args)} elapses`, {
      next: 'give `on_calendar`, or `on_boot_sec` and `on_unit_active_sec`',
    });
  }
  if (
    Object.values(args)
      .flat()
      .some((value: unknown) => value instanceof Secret)
  ) {
    throw new CannotPlan('a unit file can be read by every user of the host: it takes no secret', {
      next: 'put the secret into a file of its own that the command reads',
    });
  }
}

/** A word that systemd reads back as it is: see systemd.service(5), "Command lines". */
function execWord(word: string): string {
  const escaped = word
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
    .replaceAll(/\p{Cc}/gu, controlEscape);
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

function controlEscape(char: string): string {
  const code = char.charCodeAt(0);
  return code < 128 ? `\\x${code.toString(16).padStart(2, '0')}` : char;
}
