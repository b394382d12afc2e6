import type { SystemdUnit } from '../../facts/unit_systemd.ts';
import type { SystemdArgs } from './arguments.ts';
import { type Age, staleness } from './stale.ts';

type Proof = true | 'wait' | string;

/** Whether a unit is as wanted and stays so: asked again while it is on its way. */
export function provenUnit(
  wanted: SystemdArgs,
  before: SystemdUnit,
  after: SystemdUnit,
  age: Age | null = null,
): Proof {
  const { id, load, enabled } = after;
  if (wanted.masked !== undefined && (load === 'masked') !== wanted.masked)
    return `${id} is ${load === 'masked' ? 'still' : 'not'} masked`;
  if (load === 'not-found') return wanted.masked ? true : `there is no unit ${id}`;
  if (load === 'error') return `${id} cannot be used: ${after.problem ?? 'systemd could not load it'}`;
  if (wanted.enabled === true && enabled === 'enabled-runtime')
    return `${id} is enabled until the next boot only (enabled-runtime): without an [Install] section, no link in /etc is made for it`;
  if (wanted.enabled === true && enabled !== 'enabled')
    return `${id} is not enabled, but ${enabled || 'of no known state'}`;
  if (wanted.enabled === false && (enabled === 'enabled' || enabled === 'enabled-runtime'))
    return `${id} is still ${enabled}`;
  if (wanted.state === undefined) return true;
  if (wanted.state === 'stopped') return provenDown(wanted, after);
  const [stale] = staleness(wanted, after, age) ?? [];
  if (stale !== undefined && !wanted.no_block) return `${id} is still out of date: ${stale}`;
  return provenUp(wanted, before, after, age !== null);
}

function provenDown(wanted: SystemdArgs, { id, active, sub }: SystemdUnit): Proof {
  if (active === 'inactive' || active === 'failed') return true;
  if (wanted.no_block) return true;
  if (active === 'deactivating') return 'wait';
  return `${id} was stopped and is ${active} (${sub}) again: a socket, a timer or Restart= starts it`;
}

/** With `hasAge`, that nothing is out of date is the proof, also of a unit that was left alone. */
function provenUp(wanted: SystemdArgs, before: SystemdUnit, after: SystemdUnit, hasAge: boolean): Proof {
  const { id, active, sub } = after;
  if (active === 'failed') return `${id} failed: ${how(after)}`;
  if (sub.startsWith('auto-restart')) return `${id} died: ${how(after)}; systemd is about to start it again`;
  if (active === 'activating' || active === 'deactivating' || active === 'reloading')
    return wanted.no_block ? true : 'wait';
  if (active === 'inactive') return provenEnded(wanted, after);
  const isNew = after.startedAt !== before.startedAt || after.pid !== before.pid;
  if (wanted.state === 'restarted' && !isNew)
    return wanted.no_block || hasAge ? true : `${id} is still the process from before`;
  if (wanted.state === 'started' && !isNew) return true;
  if (isNew && before.active !== 'activating' && after.restarts !== null && after.restarts > 0)
    return `${id} died after its start, and systemd has started it ${after.restarts} more times: ${how(after)}`;
  return isSettled(wanted.settle ?? 3, after) ? true : 'wait';
}

/** A oneshot ends; so does what its own conditions keep from running, and what just stops. */
function provenEnded(wanted: SystemdArgs, after: SystemdUnit): Proof {
  if (after.type === 'oneshot' && !after.remainAfterExit && after.result === 'success') return true;
  if (wanted.no_block) return 'wait';
  return `${after.id} is not running: it ended by itself (${how(after)}), or a Condition…= in it does not hold`;
}

function isSettled(seconds: number, { now, startedAt, changedAt }: SystemdUnit): boolean {
  return now - Math.max(startedAt ?? 0, changedAt ?? 0) >= seconds * 1e6;
}

function how({ id, result, ended }: SystemdUnit): string {
  return `result ${result || 'unknown'}${ended === null ? '' : `, ${ended}`}; see: journalctl -u ${id}`;
}
