import { CannotPlan, type Undo } from '../../contract/change.ts';
import type { SystemdUnit } from '../../facts/unit_systemd.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { SystemdArgs } from './arguments.ts';
import { managerOf, nothing, type Step } from './step.ts';

type State = NonNullable<SystemdArgs['state']>;

/**
 * The step that starts, stops, restarts or reloads a unit, or null where it is as it should be. `stale` says why what runs is
 * out of date, where a restart hangs on that; empty where it is not.
 */
export function planActive(
  wanted: SystemdArgs,
  unit: SystemdUnit,
  stale: readonly string[] | null = null,
): Step | null {
  const { state } = wanted;
  if (state === 'started') refuseFlapping(wanted, unit);
  if (state === undefined || isAsWanted(state, unit)) return null;
  if (stale?.length === 0 && isUp(unit)) return null;
  const verb = verbOf(state, unit);
  if (verb === 'reload' && !unit.canReload && !wanted.daemon_reload) {
    throw new CannotPlan(`${unit.id} cannot be reloaded: it does not say how (ExecReload=)`, {
      next: 'use `state: restarted`',
    });
  }
  const { id, active, sub, pid } = unit;
  const wasUp = isUp(unit);
  const repeats = wasUp && verb !== 'stop';
  const to = verb === 'stop' ? 'inactive' : 'active';
  return {
    what: repeats ? `${verb} ${id}${because(stale)}` : `${verb} ${id}: ${active} → ${to}`,
    before: `${active} (${sub})${repeats && pid !== null ? `, process ${pid}` : ''}`,
    after: repeats ? (verb === 'restart' ? 'active, started anew' : 'active, reloaded') : to,
    apply: script(verb, wanted, unit),
    undo: undoOf(verb, wanted, unit),
    leaves: leaves(verb, unit),
  };
}

function isUp({ active }: SystemdUnit): boolean {
  return active === 'active' || active === 'reloading';
}

/** One that dies again and again is up whenever it is looked at. */
function refuseFlapping({ settle = 3 }: SystemdArgs, unit: SystemdUnit): void {
  const { id, active, restarts, startedAt, now } = unit;
  const age = startedAt === null ? Number.POSITIVE_INFINITY : (now - startedAt) / 1e6;
  if (active !== 'active' || restarts === null || restarts === 0 || age >= settle) return;
  throw new CannotPlan(
    `${id} has been up for ${Math.max(0, age).toFixed(1)} s only: it died, and systemd has started it anew ${restarts === 1 ? 'once' : `${restarts} times`}`,
    { next: `look why: journalctl -u ${id}; then run again` },
  );
}

function isAsWanted(state: State, unit: SystemdUnit): boolean {
  if (state === 'started') return isUp(unit);
  return state === 'stopped' && (unit.active === 'inactive' || unit.active === 'failed');
}

/** A unit that is down has nothing to reload; `restart` starts it as well. */
function verbOf(state: State, unit: SystemdUnit): 'start' | 'stop' | 'restart' | 'reload' {
  if (state === 'stopped') return 'stop';
  if (state === 'started' || !isUp(unit)) return 'start';
  return state === 'restarted' ? 'restart' : 'reload';
}

function because(stale: readonly string[] | null): string {
  return stale && stale.length > 0 ? `: ${stale.join('; ')}` : '';
}

function script(verb: string, wanted: SystemdArgs, { id, active }: SystemdUnit): Script {
  const { systemctl, journal } = managerOf(wanted);
  const options = wanted.no_block ? ['--no-block'] : [];
  return lines([
    // Else one that died too often in a row may not be started.
    ...(active === 'failed' && verb === 'start' ? [sh`${systemctl} reset-failed -- ${id}`] : []),
    sh`${systemctl} ${options} ${verb} -- ${id} || {`,
    sh`r=$?; journalctl -q --no-pager -n 5 -o cat ${journal} ${id} >&2 2>/dev/null; exit "$r"`,
    sh`}`,
  ]);
}

function undoOf(verb: string, wanted: SystemdArgs, { id, active }: SystemdUnit): Undo {
  const { systemctl } = managerOf(wanted);
  if (verb === 'stop') return sh`${systemctl} start -- ${id}`;
  if (verb === 'start') return active === 'activating' ? nothing : sh`${systemctl} stop -- ${id}`;
  return {
    impossible: `${id} was ${verb === 'restart' ? 'restarted' : 'reloaded'}: what it held in memory is gone`,
  };
}

/** No new process is known before it is there. */
function leaves(verb: string, { type, remainAfterExit }: SystemdUnit): Partial<SystemdUnit> | null {
  if (verb === 'reload') return {};
  const fresh = { pid: null, startedAt: null, activeAt: null, begunAt: null, changedAt: null };
  if (verb === 'stop') return { ...fresh, active: 'inactive', sub: 'dead' };
  if (type !== 'oneshot') return { ...fresh, active: 'active', sub: 'running' };
  return remainAfterExit
    ? { ...fresh, active: 'active', sub: 'exited' }
    : { ...fresh, active: 'inactive', sub: 'dead' };
}
