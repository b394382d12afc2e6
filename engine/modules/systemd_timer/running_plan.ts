import { type Change, predict } from '../../contract/change.ts';
import { unit } from '../../facts/unit.ts';
import type { SystemdUnit } from '../../facts/unit_systemd.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { SystemdTimerArgs } from './arguments.ts';
import { timerName } from './text.ts';

/** The steps after the files: an elapsed timer does not begin again by itself when its file changes. */
export function planRunning(args: SystemdTimerArgs, seen: SystemdUnit, isNew: boolean): readonly Change[] {
  const { state = 'started', enabled = true } = args;
  const name = timerName(args);
  const isUp = seen.active === 'active';
  const isEnabled = seen.enabled === 'enabled';
  const on = { ...seen, enabled: 'enabled' };
  const off = { ...seen, enabled: 'disabled' };
  const steps: Change[] = [];
  if (enabled && !isEnabled)
    steps.push(
      step(
        `enable ${name}`,
        seen.enabled,
        'enabled',
        [sh`systemctl -q enable -- ${name}`, sh`systemctl -q disable -- ${name}`],
        name,
        on,
      ),
    );
  if (!enabled && isEnabled) steps.push(disable(name, seen));
  const next = { ...(enabled ? on : isEnabled ? off : seen) };
  if (state === 'started' && !isUp) {
    const start = lines([
      ...(seen.active === 'failed' ? [sh`systemctl reset-failed -- ${name}`] : []),
      sh`systemctl start -- ${name}`,
    ]);
    steps.push(
      step(`start ${name}`, seen.active, 'active', [start, sh`systemctl stop -- ${name}`], name, {
        ...next,
        active: 'active',
        sub: 'waiting',
      }),
    );
  }
  if (state === 'started' && isUp && isNew && seen.sub === 'elapsed')
    steps.push(
      step(
        `restart ${name}, which has elapsed`,
        'elapsed',
        'waiting',
        [sh`systemctl restart -- ${name}`, sh`:`],
        name,
        { ...next, sub: 'waiting' },
      ),
    );
  if (state === 'stopped' && isUp) steps.push(stop(name, next));
  return steps;
}

/** The step that stops a timer. */
export function stop(name: string, seen: SystemdUnit): Change {
  const scripts = [sh`systemctl stop -- ${name}`, sh`systemctl start -- ${name}`] as const;
  return step(`stop ${name}`, seen.active, 'inactive', scripts, name, {
    ...seen,
    active: 'inactive',
    sub: 'dead',
  });
}

/** The step that disables a timer. */
export function disable(name: string, seen: SystemdUnit): Change {
  const scripts = [sh`systemctl -q disable -- ${name}`, sh`systemctl -q enable -- ${name}`] as const;
  return step(`disable ${name}`, 'enabled', 'disabled', scripts, name, { ...seen, enabled: 'disabled' });
}

function step(
  what: string,
  before: string,
  after: string,
  [apply, undo]: readonly [Script, Script],
  name: string,
  leaves: SystemdUnit,
): Change {
  return {
    what,
    diff: { before, after },
    touches: [`unit:${name}`],
    apply,
    undo,
    predicts: [predict({ fact: unit, subject: { name } }, leaves)],
  };
}
