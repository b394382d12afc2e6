import { CannotPlan, type Change } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, askScript, each, known, map, type Answered, type Probe } from '../contract/probe.ts';
import { timer, type TimerAnswer } from '../facts/timer.ts';
import { unit, type UnitAnswer } from '../facts/unit.ts';
import {
  askUnitFile,
  planUnitFile,
  planUnitGone,
  unitFolder,
  type UnitFileState,
} from '../facts/unit_file.ts';
import type { SystemdUnit } from '../facts/unit_systemd.ts';
import { unitAsRead } from '../facts/unit_text.ts';
import { sh } from '../shell/script.ts';
import { type SystemdTimerArgs, systemdTimerArguments } from './systemd_timer/arguments.ts';
import { disable, planRunning, stop } from './systemd_timer/running_plan.ts';
import { elapsesOnce, header, serviceName, serviceText, timerName, timerText } from './systemd_timer/text.ts';

export interface SystemdTimerState {
  readonly timer: UnitFileState;
  readonly service: UnitFileState;
  /** What it starts, where that is a unit of its own. */
  readonly started: UnitAnswer | null;
  readonly times: TimerAnswer;
  /** What `systemd-analyze calendar` says. */
  readonly calendar: Answered;
}

/** Keeps a timer of systemd, and the service that it starts. */
export const systemdTimer: Module<SystemdTimerArgs, SystemdTimerState> = {
  kind: 'resource',
  name: 'systemd_timer',
  summary: 'Runs a command, or starts a unit, at certain times by a timer of systemd.',
  args: systemdTimerArguments,
  notes: [
    'It writes NAME.timer and, for `command`, NAME.service in /etc/systemd/system, enables the timer and starts it. It counts as done when the timer is active and has a next time.',
    '`on_calendar` is checked by `systemd-analyze calendar` before anything is changed, where the host has it (systemd 236); the files are checked as by `systemd_unit`.',
    'In `command` as text, `%` and `$` mean what they mean in a unit file. There is no shell: for pipes and redirections, call one: `/bin/sh -c "…"`.',
    '`state: absent` removes NAME.service only where this module has made it. A command that is running goes on.',
    'A timer that has elapsed for good (only `on_boot_sec`, long ago) counts as started.',
  ],
  probe: probeTimer,
  plan: planTimer,
  proven: provenTimer,
  settle: () => 10,
  result: (args, { timer: own, times }) => ({
    name: timerName(args),
    unit: times.unit,
    next: times.next,
    last: times.last,
    ...(own.unit.manager === 'systemd'
      ? { active: own.unit.active, enabled: own.unit.enabled === 'enabled' }
      : {}),
  }),
};

function probeTimer(args: SystemdTimerArgs): Probe<SystemdTimerState> {
  const name = timerName(args);
  return all({
    timer: askUnitFile(name, `${unitFolder}/${name}`, true),
    service: askUnitFile(serviceName(args), `${unitFolder}/${serviceName(args)}`),
    started: map(
      each(args.unit === undefined ? [] : [ask(unit, { name: args.unit, onlyFiles: true })]),
      ([one]) => one ?? null,
    ),
    times: ask(timer, { name }),
    calendar: askCalendar([args.on_calendar ?? []].flat()),
  });
}

/** An older systemd-analyze knows no `calendar`, and says so; then only the timer itself can tell. */
function askCalendar(expressions: readonly string[]): Probe<Answered> {
  if (expressions.length === 0) return known({ code: 0, output: '' });
  const script = sh`if command -v systemd-analyze >/dev/null; then systemd-analyze calendar -- ${expressions} 2>&1 >/dev/null || :; fi`;
  return askScript('calendar', script, []);
}

function planTimer(args: SystemdTimerArgs, state: SystemdTimerState): readonly Change[] {
  if (args.state === 'absent') return planAbsent(args, state);
  const text = timerText(args);
  refuseCalendar(state.calendar);
  refuseUnit(args, state);
  const name = timerName(args);
  const service = serviceText(args);
  const file = { isDropIn: false, verification: 'all', attributes: {} } as const;
  const path = `${unitFolder}/${name}`;
  const changes = [
    ...(service === null
      ? []
      : planUnitFile(
          { ...file, unit: serviceName(args), path: `${unitFolder}/${serviceName(args)}`, text: service },
          state.service,
        )),
    ...planUnitFile({ ...file, unit: name, path, text }, state.timer),
  ];
  const seen = state.timer.unit as SystemdUnit;
  const isNew = changes.some(({ touches }) => touches.includes(`unit:${name}`));
  const never = isNew ? null : whyNever(args, state);
  if (never !== null) throw new CannotPlan(never);
  return [...changes, ...planRunning(args, isNew ? unitAsRead(text, path, seen) : seen, isNew)];
}

function refuseCalendar({ output }: Answered): void {
  const said = output.split('\n').find((line) => line.includes('Failed to parse calendar'));
  if (said === undefined) return;
  throw new CannotPlan(`on_calendar: ${said.trim()}`, {
    next: 'try it on a host: systemd-analyze calendar "Mon..Fri 03:30"; see systemd.time(7)',
  });
}

function refuseUnit(args: SystemdTimerArgs, { service, started }: SystemdTimerState): void {
  if (started?.manager === 'systemd' && started.load === 'not-found') {
    throw new CannotPlan(`there is no unit ${args.unit ?? ''}`, {
      missing: `unit:${args.unit ?? ''}`,
      next: 'check the name, or make it first with `systemd_unit`',
    });
  }
  const other = service.unit.manager === 'systemd' ? service.unit.fragmentPath : '';
  if (args.command === undefined || other === '' || other.startsWith(`${unitFolder}/`)) return;
  throw new CannotPlan(`${serviceName(args)} is another's: ${other}`, {
    next: `choose another name, or start it as it is: unit: ${serviceName(args)}`,
  });
}

function planAbsent(args: SystemdTimerArgs, state: SystemdTimerState): readonly Change[] {
  const name = timerName(args);
  const seen = state.timer.unit;
  const service = state.service.file.now;
  const isOurs = service.kind === 'text' && service.bytes.toString('latin1').startsWith(`${header}\n`);
  const gone = (one: UnitAnswer): UnitAnswer | null =>
    one.manager === 'systemd'
      ? { ...one, load: 'not-found', enabled: '', needDaemonReload: false, fragmentPath: '', onDisk: false }
      : null;
  const files = [
    ...planUnitGone({ unit: name, path: `${unitFolder}/${name}` }, state.timer, null),
    ...(isOurs
      ? planUnitGone(
          { unit: serviceName(args), path: `${unitFolder}/${serviceName(args)}` },
          state.service,
          gone(state.service.unit),
        )
      : []),
  ];
  if (seen.manager !== 'systemd') return files;
  const stopped = seen.active === 'active' ? { ...seen, active: 'inactive', sub: 'dead' } : seen;
  return [
    ...(seen.active === 'active' ? [stop(name, seen)] : []),
    ...(seen.enabled === 'enabled' ? [disable(name, stopped)] : []),
    ...files,
  ];
}

function provenTimer(
  args: SystemdTimerArgs,
  _before: SystemdTimerState,
  after: SystemdTimerState,
): true | 'wait' | string {
  const { unit: own } = after.timer;
  const name = timerName(args);
  if (own.manager !== 'systemd') return 'the host is not run by systemd';
  if (args.state !== 'absent' && own.load !== 'loaded')
    return `${name} cannot be used: ${own.problem ?? `its load state is ${own.load}`}`;
  if (own.active === 'activating' || own.active === 'deactivating') return 'wait';
  const never = whyNever(args, after);
  if (never !== null) return never;
  const rest = planTimer(args, after).map(({ what }) => what);
  return rest.length === 0 ? true : `a fresh look still asks for: ${rest.join('; ')}`;
}

/** Why a timer that is up will do nothing more, though it should; null where it will. */
function whyNever(args: SystemdTimerArgs, { timer: { unit: own }, times }: SystemdTimerState): string | null {
  if (own.manager !== 'systemd' || own.active !== 'active' || own.sub === 'running') return null;
  if (args.state === 'stopped' || args.state === 'absent') return null;
  if (times.next !== null || elapsesOnce(args)) return null;
  const why =
    args.on_calendar === undefined
      ? 'its unit has never run, so that nothing is counted from: give `on_boot_sec` or `on_active_sec` as well'
      : '`on_calendar` names no time that is still to come';
  return `${timerName(args)} is active, but has no next time: ${why}`;
}
