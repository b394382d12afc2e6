import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import type { EditState } from '../../engine/facts/edit_file.ts';
import { timer } from '../../engine/facts/timer.ts';
import type { UnitFileState } from '../../engine/facts/unit_file.ts';
import type { SystemdUnit } from '../../engine/facts/unit_systemd.ts';
import { systemdTimer, type SystemdTimerState } from '../../engine/modules/systemd_timer.ts';
import type { SystemdTimerArgs } from '../../engine/modules/systemd_timer/arguments.ts';
import { serviceText, timerText } from '../../engine/modules/systemd_timer/text.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { look, scratch, shells } from '../facts/look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from '../facts/root.ts';
import { systemd } from '../laws/imitated_systemd.ts';

const none: SystemdUnit = {
  manager: 'systemd',
  id: 'x.timer',
  load: 'not-found',
  active: 'inactive',
  sub: 'dead',
  enabled: '',
  pid: null,
  startedAt: null,
  changedAt: null,
  now: 1e9,
  needDaemonReload: false,
  fragmentPath: '',
  canReload: false,
  type: '',
  remainAfterExit: false,
  result: 'success',
  ended: null,
  restarts: null,
  onDisk: false,
};
const waiting: SystemdUnit = {
  ...none,
  load: 'loaded',
  active: 'active',
  sub: 'waiting',
  enabled: 'enabled',
  fragmentPath: '/etc/systemd/system/x.timer',
  onDisk: true,
};
const args: SystemdTimerArgs = { name: 'x', on_calendar: 'daily', unit: 'y.service' };
const absent: EditState = {
  at: { kind: 'absent', parent: 'directory' },
  now: { kind: 'absent' },
  above: {
    path: '/etc/systemd/system',
    at: {
      kind: 'directory',
      mode: '0755',
      uid: 0,
      gid: 0,
      owner: 'root',
      group: 'root',
      size: 0,
      mtime: 0,
      inode: '1',
      device: '1',
      links: 1,
      label: null,
    },
    missing: [],
    setGroup: false,
  },
};

function holding(text: string): EditState {
  return {
    ...absent,
    at: { ...(absent.above.at as Extract<EditState['at'], { mode: string }>), kind: 'file' },
    now: { kind: 'text', bytes: Buffer.from(text) },
  };
}

function state(own: SystemdUnit, more: Partial<SystemdTimerState> = {}): SystemdTimerState {
  const file = own.onDisk ? holding(timerText(args)) : absent;
  const service: UnitFileState = { file: absent, unit: { ...none, id: 'x.service' } };
  return {
    timer: { file, unit: own },
    service,
    started: { ...waiting, id: 'y.service' },
    times: { next: 'Sat 2026-11-21 00:00:00 UTC', last: null, unit: 'y.service' },
    calendar: { code: 0, output: '' },
    ...more,
  };
}

describe('plan', () => {
  const write = 'write /etc/systemd/system/x.timer';
  test.each<[string, Partial<SystemdTimerArgs>, SystemdTimerState, readonly string[]]>([
    ['new', {}, state(none), [write, 'enable x.timer', 'start x.timer']],
    ['new, not now', { state: 'stopped', enabled: false }, state(none), [write]],
    ['as it is', {}, state(waiting), []],
    ['down', {}, state({ ...waiting, active: 'inactive', sub: 'dead' }), ['start x.timer']],
    ['not enabled', {}, state({ ...waiting, enabled: 'disabled' }), ['enable x.timer']],
    [
      'to be stopped',
      { state: 'stopped', enabled: false },
      state(waiting),
      ['disable x.timer', 'stop x.timer'],
    ],
    ['another time', { on_calendar: 'hourly' }, state(waiting), ['replace /etc/systemd/system/x.timer']],
    [
      'another time, elapsed',
      { on_calendar: 'hourly' },
      state({ ...waiting, sub: 'elapsed' }),
      ['replace /etc/systemd/system/x.timer', 'restart x.timer, which has elapsed'],
    ],
    [
      'not read',
      {},
      state({ ...waiting, needDaemonReload: true }),
      ['let systemd read /etc/systemd/system/x.timer anew'],
    ],
    [
      'gone',
      { state: 'absent' },
      state(waiting),
      ['stop x.timer', 'disable x.timer', 'remove /etc/systemd/system/x.timer'],
    ],
  ])('%s', (_case, more, seen, what) => {
    expect(systemdTimer.plan({ ...args, ...more }, seen).map((change) => change.what)).toEqual(what);
  });

  test('with a command, the service comes first; check mode goes on from what is predicted', () => {
    const changes = systemdTimer.plan({ name: 'x', on_calendar: 'daily', command: '/bin/true' }, state(none));
    expect(changes.map(({ what }) => what)).toEqual([
      'write /etc/systemd/system/x.service',
      'write /etc/systemd/system/x.timer',
      'enable x.timer',
      'start x.timer',
    ]);
    expect(changes.at(-1)?.predicts?.at(-1)?.answer).toMatchObject({
      load: 'loaded',
      enabled: 'enabled',
      active: 'active',
    });
  });

  test.each<[string, Partial<SystemdTimerArgs>, Partial<SystemdTimerState>, Partial<CannotPlan>]>([
    [
      'what is no time',
      {},
      // systemd 252 of Debian 12.
      {
        calendar: {
          code: 0,
          output: "Failed to parse calendar specification 'Mon..Fry 10:00': Invalid argument\n",
        },
      },
      { message: "on_calendar: Failed to parse calendar specification 'Mon..Fry 10:00': Invalid argument" },
    ],
    [
      'no such unit',
      {},
      { started: { ...none, id: 'y.service' } },
      { message: 'there is no unit y.service', missing: 'unit:y.service' },
    ],
    [
      'a name that is taken',
      { unit: undefined, command: '/bin/true' } as unknown as Partial<SystemdTimerArgs>,
      { service: { file: absent, unit: { ...waiting, fragmentPath: '/lib/systemd/system/x.service' } } },
      {
        message: "x.service is another's: /lib/systemd/system/x.service",
        next: 'choose another name, or start it as it is: unit: x.service',
      },
    ],
    ['both', { command: '/bin/true' }, {}, { message: 'give either `command` or `unit`' }],
    [
      'a user for a unit',
      { user: 'ops' },
      {},
      { message: '`user` goes with `command`; a unit says itself who it runs as' },
    ],
    [
      'a secret',
      { description: new Secret('hunter2') as unknown as string },
      {},
      { message: 'a unit file can be read by every user of the host: it takes no secret' },
    ],
  ])('refused: %s', (_case, more, seen, expected) => {
    expect(refusal(() => systemdTimer.plan({ ...args, ...more }, state(none, seen)))).toMatchObject(expected);
  });

  test('an older systemd-analyze without `calendar` decides nothing', () => {
    // systemd 219 of CentOS 7.
    const calendar = { code: 0, output: "Unknown operation 'calendar'.\n" };
    expect(systemdTimer.plan(args, state(waiting, { calendar }))).toEqual([]);
  });

  test('nothing says when', () => {
    const { on_calendar: _none, ...rest } = args;
    expect(refusal(() => systemdTimer.plan(rest, state(none))).message).toBe(
      'nothing says when x.timer elapses',
    );
  });
});

describe('proven', () => {
  const never = { next: null, last: null, unit: 'y.service' };
  test.each<[string, Partial<SystemdTimerArgs>, SystemdTimerState, true | string]>([
    ['it waits for its time', {}, state(waiting), true],
    ['what it starts is running', {}, state({ ...waiting, sub: 'running' }, { times: never }), true],
    [
      'no time to come',
      {},
      state(waiting, { times: never }),
      'x.timer is active, but has no next time: `on_calendar` names no time that is still to come',
    ],
    ['on its way', {}, state({ ...waiting, active: 'activating' }), 'wait'],
    ['down again', {}, state({ ...waiting, active: 'failed' }), 'a fresh look still asks for: start x.timer'],
    [
      'not taken',
      {},
      state({ ...waiting, load: 'error', problem: 'its load state is bad-setting' }),
      'x.timer cannot be used: its load state is bad-setting',
    ],
    ['gone', { state: 'absent' }, state(none), true],
  ])('%s', (_case, more, after, expected) => {
    expect(systemdTimer.proven?.({ ...args, ...more }, after, after)).toBe(expected);
  });

  test.each<[SystemdTimerArgs, true | string]>([
    [{ name: 'x', unit: 'y.service', on_boot_sec: '5min' }, true],
    [
      { name: 'x', unit: 'y.service', on_unit_active_sec: '1h' },
      'x.timer is active, but has no next time: its unit has never run, so that nothing is counted from: give `on_boot_sec` or `on_active_sec` as well',
    ],
  ])('%j, elapsed', (wanted, expected) => {
    const after = state(
      { ...waiting, sub: 'elapsed' },
      { times: never, timer: { file: holding(timerText(wanted)), unit: waiting } },
    );
    expect(systemdTimer.proven?.(wanted, after, after)).toBe(expected);
    if (expected === true) expect(systemdTimer.plan(wanted, after)).toEqual([]);
    else expect(refusal(() => systemdTimer.plan(wanted, after)).message).toBe(expected);
  });
});

test('the words of a list are taken as they are', () => {
  const command = ['/bin/a b', '', '$x "y" 100%', 'a\nb', ';', '\\', 'plain', 'ü'];
  expect(serviceText({ ...args, command })).toContain(
    'ExecStart="/bin/a b" "" "$$x \\"y\\" 100%%" "a\\x0ab" ";" "\\\\" plain "ü"\n',
  );
});

// systemctl show of systemd 252 on Debian 12, -p Id,NextElapseUSecRealtime,NextElapseUSecMonotonic,LastTriggerUSec,Unit.
const recorded = `Unit=t.service
NextElapseUSecRealtime=Sat 2026-11-21 00:00:00 UTC
NextElapseUSecMonotonic=0
LastTriggerUSec=
Id=t.timer

Unit=t.service
NextElapseUSecRealtime=
NextElapseUSecMonotonic=4h 26min 16.896684s
LastTriggerUSec=
Id=u.timer

Unit=t.service
NextElapseUSecRealtime=
NextElapseUSecMonotonic=infinity
LastTriggerUSec=Fri 2026-11-20 19:56:25 UTC
Id=v.timer

Unit=
NextElapseUSecRealtime=
NextElapseUSecMonotonic=infinity
LastTriggerUSec=
Id=gone.timer
`;

test('what systemctl tells of timers', () => {
  const names = ['t.timer', 'u.timer', 'v.timer', 'not a name', 'gone.timer'].map((name) => ({ name }));
  expect(timer.parse(Buffer.from(recorded), names, 0)).toEqual([
    { next: 'Sat 2026-11-21 00:00:00 UTC', last: null, unit: 't.service' },
    { next: '4h 26min 16.896684s', last: null, unit: 't.service' },
    { next: null, last: 'Fri 2026-11-20 19:56:25 UTC', unit: 't.service' },
    { next: null, last: null, unit: null },
    { next: null, last: null, unit: null },
  ]);
});

test.each(shells)('without systemd nothing is told on %s', (shell) => {
  expect(look(shell, timer, [{ name: 'x.timer' }])).toEqual([{ next: null, last: null, unit: null }]);
});

test.runIf(canEnterRoots)('asked on a root of its own, systemctl imitated (needs root)', () => {
  const root = constructRoot(scratch(), {
    ...systemd({ 'etc/systemd/system/x.timer': timerText(args) }),
    'run/imitation/active/x.timer': '',
  });
  expect(lookInRoot(root, timer, [{ name: 'x.timer' }, { name: 'z.timer' }])).toEqual([
    { next: 'Sat 2026-11-21 00:00:00 UTC', last: null, unit: 'y.service' },
    { next: null, last: null, unit: null },
  ]);
});

function refusal(act: () => unknown): CannotPlan {
  try {
    act();
  } catch (error) {
    if (error instanceof CannotPlan) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
