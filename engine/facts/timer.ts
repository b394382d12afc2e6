import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { unitFiles } from './unit.ts';
import { isUnitName } from './unit_systemd.ts';

/** A timer by its full name. */
export interface TimerSubject {
  readonly name: string;
}

/** When a timer elapses, as the host writes it; null where it does not, or where there is no systemd. */
export interface TimerAnswer {
  /** A date, or a span of the monotonic clock. */
  readonly next: string | null;
  readonly last: string | null;
  /** What it starts. */
  readonly unit: string | null;
}

/** When timers elapse next; one `systemctl show` for all. */
export const timer: Fact<TimerSubject, TimerAnswer> = {
  name: 'timer',
  id: ({ name }) => name,
  about: ({ name }) => [`unit:${name}`, unitFiles, `path:/etc/systemd/system/${name}`],
  ask(subjects) {
    const names = subjects.map(({ name }) => name).filter(isUnitName);
    if (names.length === 0) return sh`:`;
    return lines([
      sh`if [ -d /run/systemd/system ]; then`,
      sh`systemctl show --no-pager -p Id,NextElapseUSecRealtime,NextElapseUSecMonotonic,LastTriggerUSec,Unit -- ${names}`,
      sh`fi`,
    ]);
  },
  parse(output, subjects) {
    const blocks = output.toString('utf8').trimEnd().split(/\n\n+/);
    const names = subjects.map(({ name }) => name).filter(isUnitName);
    return subjects.map(({ name }) => toTimer(blocks[names.indexOf(name)] ?? ''));
  },
  // The clock alone moves it.
  lasting: ({ unit }) => ({ unit }),
};

// What is not set is empty or "n/a" as a date, and "0" (while there is a date) or "infinity" as a span.
function toTimer(block: string): TimerAnswer {
  const value = (name: string) => {
    const text = new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1]?.trim() ?? '';
    return ['', '0', 'n/a', 'infinity'].includes(text) ? null : text;
  };
  return {
    next: value('NextElapseUSecRealtime') ?? value('NextElapseUSecMonotonic'),
    last: value('LastTriggerUSec'),
    unit: value('Unit'),
  };
}
