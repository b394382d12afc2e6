import { describe, expect, test } from 'vitest';
import { CannotPlan, type Change } from '../../engine/contract/change.ts';
import { type UnitAnswer, unit } from '../../engine/facts/unit.ts';
import type { ScriptService } from '../../engine/facts/unit_script.ts';
import type { SystemdUnit } from '../../engine/facts/unit_systemd.ts';
import { systemd } from '../../engine/modules/systemd.ts';
import type { NoUserManager } from '../../engine/facts/user_unit.ts';
import type { Age } from '../../engine/modules/systemd/stale.ts';
import type { SystemdArgs } from '../../engine/modules/systemd/arguments.ts';
import { scratch } from '../facts/look.ts';
import { canEnterRoots, constructRoot, lookInRoot, runInRoot } from '../facts/root.ts';

const second = 1_000_000;
const down: SystemdUnit = {
  manager: 'systemd',
  id: 'x.service',
  load: 'loaded',
  active: 'inactive',
  sub: 'dead',
  enabled: 'disabled',
  pid: null,
  startedAt: null,
  changedAt: null,
  now: 1000 * second,
  needDaemonReload: false,
  fragmentPath: '/usr/lib/systemd/system/x.service',
  canReload: true,
  type: 'simple',
  remainAfterExit: false,
  result: 'success',
  ended: null,
  restarts: 0,
  onDisk: true,
};
const up: SystemdUnit = {
  ...down,
  active: 'active',
  sub: 'running',
  pid: 7,
  startedAt: 100 * second,
  changedAt: 100 * second,
};
const masked: SystemdUnit = { ...down, load: 'masked', enabled: 'masked', linked: false };

function plan(args: Omit<SystemdArgs, 'name'>, state: UnitAnswer): readonly Change[] {
  return systemd.plan({ name: 'x', ...args }, { unit: state, age: null });
}

function refusal(args: Omit<SystemdArgs, 'name'>, state: UnitAnswer): CannotPlan {
  try {
    plan(args, state);
  } catch (error) {
    if (error instanceof CannotPlan) return error;
    throw error;
  }
  throw new Error('it was planned');
}

const start =
  'systemctl  start -- x.service || {\nr=$?; journalctl -q --no-pager -n 5 -o cat -u x.service >&2 2>/dev/null; exit "$r"\n}';

describe('plan', () => {
  test.each<[string, Omit<SystemdArgs, 'name'>, SystemdUnit, readonly string[]]>([
    ['started, is', { state: 'started' }, up, []],
    ['started, reloading', { state: 'started' }, { ...up, active: 'reloading' }, []],
    ['started, is down', { state: 'started' }, down, ['start x.service: inactive → active']],
    [
      'started, failed',
      { state: 'started' },
      { ...down, active: 'failed', sub: 'failed' },
      ['start x.service: failed → active'],
    ],
    [
      'started, on its way',
      { state: 'started' },
      { ...down, active: 'activating' },
      ['start x.service: activating → active'],
    ],
    ['started, died long ago', { state: 'started' }, { ...up, restarts: 3 }, []],
    [
      'started, just so, taken at its word',
      { state: 'started', settle: 0 },
      { ...up, restarts: 3, startedAt: 999.4 * second },
      [],
    ],
    [
      'disabled by a name of the package’s',
      { enabled: false },
      { ...down, id: 'real.service', enabled: 'enabled' },
      ['disable real.service'],
    ],
    ['started, masked but up', { state: 'started' }, { ...up, load: 'masked', enabled: 'masked' }, []],
    [
      'started, a oneshot that stays',
      { state: 'started' },
      { ...up, type: 'oneshot', remainAfterExit: true, sub: 'exited' },
      [],
    ],
    ['stopped, is', { state: 'stopped' }, down, []],
    ['stopped, failed', { state: 'stopped' }, { ...down, active: 'failed' }, []],
    ['stopped, is up', { state: 'stopped' }, up, ['stop x.service: active → inactive']],
    [
      'stopped, between two tries',
      { state: 'stopped' },
      { ...down, active: 'activating', sub: 'auto-restart' },
      ['stop x.service: activating → inactive'],
    ],
    ['restarted always', { state: 'restarted' }, up, ['restart x.service']],
    ['restarted, is down', { state: 'restarted' }, down, ['start x.service: inactive → active']],
    ['reloaded always', { state: 'reloaded' }, up, ['reload x.service']],
    [
      'reloaded, is down',
      { state: 'reloaded' },
      { ...down, canReload: false },
      ['start x.service: inactive → active'],
    ],
    ['enabled, is', { enabled: true }, { ...up, enabled: 'enabled' }, []],
    ['enabled, is not', { enabled: true }, down, ['enable x.service']],
    [
      'enabled, until the next boot',
      { enabled: true },
      { ...down, enabled: 'enabled-runtime' },
      ['enable x.service'],
    ],
    ['enabled, linked', { enabled: true }, { ...down, enabled: 'linked' }, ['enable x.service']],
    ['disabled, is', { enabled: false }, down, []],
    ['disabled, static', { enabled: false }, { ...down, enabled: 'static' }, []],
    ['disabled, masked', { enabled: false }, masked, []],
    ['disabled, is not', { enabled: false }, { ...up, enabled: 'enabled' }, ['disable x.service']],
    ['masked, is', { masked: true }, masked, []],
    [
      'masked, is not',
      { masked: true, state: 'stopped', enabled: false },
      { ...up, enabled: 'enabled' },
      ['disable x.service', 'stop x.service: active → inactive', 'mask x.service'],
    ],
    [
      'masked, until the next boot',
      { masked: true },
      { ...masked, enabled: 'masked-runtime' },
      ['mask x.service'],
    ],
    [
      'masked, no such unit',
      { masked: true },
      { ...down, load: 'not-found', onDisk: false },
      ['mask x.service'],
    ],
    ['not masked, is not', { masked: false }, up, []],
    [
      'all at once, in order',
      { masked: false, daemon_reload: true, enabled: true, state: 'started' },
      masked,
      ['unmask x.service', 'enable x.service', 'start x.service: inactive → active'],
    ],
    [
      'enabled under its mask',
      { masked: false, enabled: true },
      { ...masked, linked: true },
      ['unmask x.service'],
    ],
    [
      'disabled under its mask',
      { masked: false, enabled: false },
      { ...masked, linked: true },
      ['unmask x.service', 'disable x.service'],
    ],
    ['files read', { daemon_reload: true, state: 'started' }, up, []],
    [
      'files changed',
      { daemon_reload: true, state: 'started' },
      { ...up, needDaemonReload: true },
      ['let systemd read the files of x.service anew'],
    ],
    [
      'files changed, masked',
      { daemon_reload: true, masked: true },
      { ...masked, needDaemonReload: true },
      [],
    ],
    [
      'a new file',
      { daemon_reload: true, state: 'started' },
      { ...down, load: 'not-found' },
      ['let systemd read the files of x.service anew', 'start x.service: inactive → active'],
    ],
    ['nothing asked', {}, down, []],
  ])('%s', (_case, args, state, what) => {
    expect(plan(args, state).map((change) => change.what)).toEqual(what);
  });

  test.each<[string, Omit<SystemdArgs, 'name'>, SystemdUnit, string, string?]>([
    [
      'unknown',
      { state: 'started' },
      { ...down, load: 'not-found', onDisk: false },
      'there is no unit x.service',
      'unit:x.service',
    ],
    [
      'not read yet',
      { state: 'started' },
      { ...down, load: 'not-found' },
      'there is no unit x.service',
      'unit:x.service',
    ],
    [
      'broken',
      { state: 'started' },
      { ...down, load: 'error', problem: 'its load state is bad-setting' },
      'x.service cannot be used: its load state is bad-setting',
    ],
    ['start under a mask', { state: 'started' }, masked, 'x.service is masked'],
    ['enable under a mask', { enabled: true }, masked, 'x.service is masked'],
    [
      'mask and start',
      { masked: true, state: 'started' },
      down,
      'x.service cannot be masked and started at once',
    ],
    [
      'mask and enable',
      { masked: true, enabled: true },
      down,
      'x.service cannot be masked and enabled at once',
    ],
    [
      'mask over its own file',
      { masked: true },
      { ...down, fragmentPath: '/etc/systemd/system/x.service' },
      'x.service cannot be masked: its own file is where the mask would be',
    ],
    [
      'no [Install]',
      { enabled: true },
      { ...down, enabled: 'static' },
      'x.service cannot be enabled: it has no [Install] section, so that only other units start it',
    ],
    [
      'Also= alone',
      { enabled: true },
      { ...down, enabled: 'indirect' },
      'x.service cannot be enabled: its [Install] section only names other units (Also=)',
    ],
    [
      'up between two deaths',
      { state: 'started' },
      { ...up, restarts: 3, startedAt: 999.4 * second },
      'x.service has been up for 0.6 s only: it died, and systemd has started it anew 3 times',
    ],
    [
      'disabled by a name that goes with it',
      { enabled: false },
      { ...down, id: 'real.service', enabled: 'enabled', alias: 'x.service' },
      'x.service is another name of real.service, and is gone when that is disabled',
    ],
    [
      'masked by another name',
      { masked: true },
      { ...down, id: 'real.service' },
      'x.service is another name of real.service, and a mask goes by one name',
    ],
    [
      'no way to reload',
      { state: 'reloaded' },
      { ...up, canReload: false },
      'x.service cannot be reloaded: it does not say how (ExecReload=)',
    ],
  ])('refused: %s', (_case, args, state, message, missing) => {
    expect(refusal(args, state)).toMatchObject({ message, ...(missing ? { missing } : {}) });
  });

  test('what is asked of systemd itself', () => {
    expect(
      systemd
        .plan({ daemon_reload: true, daemon_reexec: true }, { unit: null, age: null })
        .map(({ what }) => what),
    ).toEqual(['re-execute systemd', 'let systemd read its files anew']);
    expect(() => systemd.plan({ state: 'started' }, { unit: null, age: null })).toThrow(
      '`state` needs `name`',
    );
  });

  test('scripts, undo and what they touch', () => {
    const [change] = plan({ state: 'started' }, down);
    expect(change).toMatchObject({
      diff: { before: 'inactive (dead)', after: 'active' },
      apply: { text: start },
      undo: { text: 'systemctl stop -- x.service' },
      touches: ['unit:x.service'],
    });
    expect(plan({ state: 'restarted' }, up)[0]?.undo).toEqual({
      impossible: 'x.service was restarted: what it held in memory is gone',
    });
    expect(plan({ state: 'started', no_block: true }, down)[0]?.apply.text).toContain(
      'systemctl --no-block start',
    );
    expect(plan({ enabled: true }, { ...down, id: 'real.service' })[0]).toMatchObject({
      apply: { text: 'systemctl enable -- real.service' },
      touches: ['unit:real.service', 'unit:x.service'],
    });
    expect(plan({ masked: false }, { ...masked, enabled: 'masked-runtime' })[0]).toMatchObject({
      apply: { text: expect.stringContaining('systemctl unmask --runtime -- x.service ||') },
      undo: { text: 'systemctl mask --runtime -- x.service' },
    });
  });

  test('check mode goes on from what is predicted, and only where that is certain', () => {
    const changes = plan({ state: 'started', enabled: true }, down);
    const last = changes.at(-1)?.predicts?.[0];
    expect(last && last.fact.id(last.subject)).toBe('x.service');
    expect(plan({ state: 'started', enabled: true }, last?.answer as UnitAnswer)).toEqual([]);
    expect(plan({ masked: false }, masked)[0]?.predicts).toBeUndefined();
    expect(
      plan({ daemon_reload: true, state: 'started' }, { ...down, load: 'not-found' }).map(
        ({ predicts }) => predicts,
      ),
    ).toEqual([undefined, undefined]);
  });
});

describe('proven', () => {
  const fresh: SystemdUnit = { ...up, pid: 9, startedAt: 998 * second, changedAt: 998 * second };
  const settled: SystemdUnit = { ...fresh, now: 1001.5 * second };
  test.each<[string, Omit<SystemdArgs, 'name'>, SystemdUnit, SystemdUnit, true | string]>([
    ['just started', { state: 'started' }, down, fresh, 'wait'],
    ['up for 3.5 s', { state: 'started' }, down, settled, true],
    ['up for 3.5 of 5 s', { state: 'started', settle: 5 }, down, settled, 'wait'],
    ['taken at its word', { state: 'started', settle: 0 }, down, fresh, true],
    [
      'died after 0.7 s',
      { state: 'started' },
      down,
      { ...down, active: 'failed', sub: 'failed', result: 'exit-code', ended: 'exit status 3' },
      'x.service failed: result exit-code, exit status 3; see: journalctl -u x.service',
    ],
    [
      'about to be tried again',
      { state: 'started' },
      down,
      { ...down, active: 'activating', sub: 'auto-restart', result: 'signal', ended: 'signal 9' },
      'x.service died: result signal, signal 9; see: journalctl -u x.service; systemd is about to start it again',
    ],
    [
      'started again behind our back',
      { state: 'started' },
      down,
      { ...settled, restarts: 2 },
      'x.service died after its start, and systemd has started it 2 more times: result success; see: journalctl -u x.service',
    ],
    ['still starting', { state: 'started' }, down, { ...down, active: 'activating', sub: 'start' }, 'wait'],
    [
      'still starting, not waited for',
      { state: 'started', no_block: true },
      down,
      { ...down, active: 'activating', sub: 'start' },
      true,
    ],
    [
      'ended by itself',
      { state: 'started' },
      down,
      down,
      'x.service is not running: it ended by itself (result success; see: journalctl -u x.service), or a Condition…= in it does not hold',
    ],
    [
      'a oneshot ended',
      { state: 'started' },
      { ...down, type: 'oneshot' },
      { ...down, type: 'oneshot' },
      true,
    ],
    [
      'was up already, only enabled',
      { state: 'started', enabled: true },
      up,
      { ...up, enabled: 'enabled', changedAt: 1000 * second },
      true,
    ],
    ['restarted', { state: 'restarted' }, up, settled, true],
    ['not restarted', { state: 'restarted' }, up, up, 'x.service is still the process from before'],
    [
      'restarted, EL7 tells less',
      { state: 'restarted' },
      { ...up, restarts: null, changedAt: null },
      { ...settled, restarts: null, changedAt: null },
      true,
    ],
    ['reloaded just now', { state: 'reloaded' }, up, { ...up, changedAt: 999 * second }, 'wait'],
    ['reloaded', { state: 'reloaded' }, up, { ...up, changedAt: 996 * second }, true],
    ['stopped', { state: 'stopped' }, up, down, true],
    ['stopping', { state: 'stopped' }, up, { ...up, active: 'deactivating' }, 'wait'],
    [
      'stopped and back',
      { state: 'stopped' },
      up,
      fresh,
      'x.service was stopped and is active (running) again: a socket, a timer or Restart= starts it',
    ],
    [
      'not enabled',
      { enabled: true },
      down,
      { ...down, enabled: 'static' },
      'x.service is not enabled, but static',
    ],
    ['still enabled', { enabled: false }, up, { ...up, enabled: 'enabled' }, 'x.service is still enabled'],
    ['not masked', { masked: true }, down, down, 'x.service is not masked'],
    ['masked', { masked: true }, down, masked, true],
    [
      'gone',
      { state: 'started', daemon_reload: true },
      down,
      { ...down, load: 'not-found' },
      'there is no unit x.service',
    ],
  ])('%s', (_case, args, before, after, proof) => {
    expect(
      systemd.proven?.({ name: 'x', ...args }, { unit: before, age: null }, { unit: after, age: null }),
    ).toBe(proof);
  });

  test('the wait is longer than the settling', () => {
    expect(systemd.settle?.({ name: 'x', settle: 5 })).toBeGreaterThan(5);
  });
});

describe('restarted only where it is out of date', () => {
  const age = (parts: Partial<Age>): Age => ({
    process: { pid: 7, begunAt: 100, program: '/usr/sbin/x', replaced: false },
    units: [],
    files: [],
    ...parts,
  });
  const x: SystemdUnit = { ...up, begunAt: 100 * second, activeAt: 101 * second };
  const bus = (parts: Partial<SystemdUnit>) => ({
    units: [{ name: 'dbus', unit: { ...x, id: 'dbus.service', ...parts } }],
  });
  const changes = (args: Omit<SystemdArgs, 'name'>, unit: UnitAnswer, seen: Age) =>
    systemd.plan({ name: 'x', state: 'restarted', ...args }, { unit, age: seen }).map(({ what }) => what);

  test.each<[string, SystemdUnit, Age, readonly string[]]>([
    ['began after the other', x, age(bus({ begunAt: 99 * second, activeAt: 100.5 * second })), []],
    [
      'began before the other',
      x,
      age(bus({ begunAt: 130 * second, activeAt: 130 * second })),
      ['restart x.service: it began 30 s before dbus.service did'],
    ],
    [
      'was ready only after the other began',
      { ...x, activeAt: 140 * second },
      age(bus({ begunAt: 130 * second })),
      ['restart x.service: it began 30 s before dbus.service did'],
    ],
    ['the other has never begun', x, age(bus({ begunAt: null, activeAt: null, startedAt: null })), []],
    ['the other is down', x, age(bus({ begunAt: 130 * second, active: 'inactive' })), []],
    [
      'the other has no process of its own',
      x,
      age(bus({ begunAt: null, activeAt: 130 * second, startedAt: 130 * second })),
      ['restart x.service: it began 30 s before dbus.service did'],
    ],
    ['a file from before', x, age({ files: [{ path: '/etc/x', at: 99.99 }] }), []],
    ['a file from before the boot', x, age({ files: [{ path: '/etc/x', at: -5 }] }), []],
    ['no such file', x, age({ files: [{ path: '/etc/x', at: null }] }), []],
    [
      'a file that was written since',
      x,
      age({ files: [{ path: '/etc/x', at: 102.5 }] }),
      ['restart x.service: it began 2.5 s before /etc/x was changed'],
    ],
    [
      'it is down',
      { ...down, begunAt: 1 },
      age({ files: [{ path: '/etc/x', at: 99 }] }),
      ['start x.service: inactive → active'],
    ],
  ])('%s', (_case, unit, seen, what) => {
    expect(changes({ older_than: ['dbus', '/etc/x'] }, unit, seen)).toEqual(what);
  });

  test('its program was replaced', () => {
    const process = { pid: 7, begunAt: 100, program: '/usr/sbin/x', replaced: true };
    expect(changes({ executable_replaced: true }, x, age({ process }))).toEqual([
      'restart x.service: /usr/sbin/x was replaced or removed since it began',
    ]);
    expect(changes({ executable_replaced: true }, x, age({}))).toEqual([]);
    expect(changes({ older_than: ['dbus'] }, x, age({ process }))).toEqual([]);
    expect(() =>
      changes({ executable_replaced: true }, x, age({ process: { ...process, program: null } })),
    ).toThrow('which program x.service runs cannot be seen');
  });

  test('refused: another state, another unit that is not there, a host of scripts', () => {
    expect(() => changes({ state: 'reloaded', older_than: ['dbus'] }, x, age({}))).toThrow(
      'they need `state: restarted`',
    );
    expect(() => changes({ older_than: ['dbus'] }, x, age(bus({ load: 'not-found' })))).toThrow(
      'there is no such unit',
    );
    const service: ScriptService = {
      manager: 'sysv',
      name: 'x',
      exists: true,
      running: true,
      enabled: true,
      script: '/etc/init.d/x',
      runlevels: [],
    };
    expect(() => changes({ older_than: ['dbus'] }, service, age({}))).toThrow('run by sysv');
  });

  test('the proof is that nothing is out of date any more', () => {
    const wanted: SystemdArgs = { name: 'x', state: 'restarted', older_than: ['dbus'] };
    const late = bus({ begunAt: 130 * second, activeAt: 130 * second });
    const before = { unit: x, age: age(late) };
    const proof = (unit: SystemdUnit) => systemd.proven?.(wanted, before, { unit, age: age(late) });
    expect(proof(x)).toBe('x.service is still out of date: it began 30 s before dbus.service did');
    const fresh = { ...x, pid: 9, begunAt: 990 * second, startedAt: 990 * second, changedAt: 990 * second };
    expect(proof(fresh)).toBe(true);
    expect(proof({ ...fresh, now: 991 * second })).toBe('wait');
  });
});

describe('units of a user', () => {
  const own: SystemdUnit = { ...down, fragmentPath: '/home/ops/.config/systemd/user/x.service' };
  const wanted: SystemdArgs = { name: 'x', scope: 'user', state: 'started', enabled: true };

  test('are asked of the user’s own systemd', () => {
    const [enable, start] = systemd.plan(wanted, { unit: own, age: null });
    const systemctl = 'XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user';
    expect(enable).toMatchObject({
      apply: { text: `${systemctl} enable -- x.service` },
      undo: { text: `${systemctl} disable -- x.service` },
      touches: ['user_unit:x.service'],
    });
    expect(start?.apply.text).toContain('-o cat --user-unit x.service');
    expect(start?.predicts?.map(({ fact }) => fact.name)).toEqual(['user_unit']);
    expect(() => systemd.plan({ name: 'x', scope: 'user', masked: true }, { unit: own, age: null })).toThrow(
      'its own file is where the mask would be',
    );
  });

  test.each<[NoUserManager['lacks'], boolean, string, string | undefined]>([
    [
      'session',
      false,
      'ops has no systemd of its own now: /run/user has no folder for it (XDG_RUNTIME_DIR)',
      'as root: loginctl enable-linger ops; or keep a session of ops open',
    ],
    [
      'session',
      true,
      'ops has no systemd of its own now: /run/user has no folder for it (XDG_RUNTIME_DIR)',
      'ops lingers, so user@.service should run: look with: systemctl status user@$(id -u ops)',
    ],
    [
      'manager',
      false,
      "no systemd of ops's own answers in its folder below /run/user",
      'systemd 219 (RHEL and CentOS 7) has none for users; elsewhere look with: systemctl status user@$(id -u ops)',
    ],
    ['host', false, 'this host is not run by systemd, which alone has units of users', undefined],
  ])('refused where there is none: %s, lingers %s', (lacks, lingers, message, next) => {
    const unit: NoUserManager = { manager: 'none', user: 'ops', lingers, lacks };
    try {
      systemd.plan(wanted, { unit, age: null });
      throw new Error('it was planned');
    } catch (error) {
      expect(error).toMatchObject({ message, next });
    }
  });
});

test('result', () => {
  expect(systemd.result?.({ name: 'x' }, { unit: up, age: null })).toMatchObject({
    name: 'x.service',
    state: 'started',
    enabled: false,
    status: { ActiveState: 'active', SubState: 'running', MainPID: 7 },
  });
});

describe('without systemd', () => {
  const service: ScriptService = {
    manager: 'openrc',
    name: 'x',
    exists: true,
    running: false,
    enabled: false,
    script: '/etc/init.d/x',
    runlevels: [],
  };
  test.each<[Omit<SystemdArgs, 'name'>, Partial<ScriptService>, readonly [string, string, string][]]>([
    [
      { state: 'started', enabled: true },
      {},
      [
        ['enable x', 'rc-update add x default || exit', 'rc-update del x default || exit'],
        ['start x', 'rc-service x start', 'rc-service x stop'],
      ],
    ],
    [{ state: 'started', enabled: true }, { running: true, enabled: true }, []],
    [
      { enabled: false },
      { enabled: true, runlevels: ['boot', 'default'] },
      [
        [
          'disable x',
          'rc-update del x boot || exit\nrc-update del x default || exit',
          'rc-update add x boot || exit\nrc-update add x default || exit',
        ],
      ],
    ],
    [{ state: 'stopped' }, { running: true }, [['stop x', 'rc-service x stop', 'rc-service x start']]],
    [{ state: 'restarted' }, {}, [['start x', 'rc-service x start', 'rc-service x stop']]],
    [
      { state: 'stopped' },
      { manager: 'sysv', running: true },
      [['stop x', '/etc/init.d/x stop', '/etc/init.d/x start']],
    ],
  ])('%j of %j', (args, state, expected) => {
    expect(
      plan(args, { ...service, ...state }).map(({ what, apply, undo }) => [
        what,
        apply.text,
        'text' in undo ? undo.text : undo.impossible,
      ]),
    ).toEqual(expected);
  });

  test.each<[Omit<SystemdArgs, 'name'>, Partial<ScriptService>, string]>([
    [{ masked: true }, {}, 'x cannot be masked: this host is run by openrc'],
    [{ state: 'started' }, { exists: false }, 'there is no service x'],
    [
      { enabled: true },
      { manager: 'busybox' },
      "x cannot be enabled or disabled: busybox' init runs what its inittab names",
    ],
  ])('refused: %j of %j', (args, state, message) => {
    expect(refusal(args, { ...service, ...state })).toMatchObject({ message });
  });
});

describe.runIf(canEnterRoots)('on a constructed root: look, change, look, take back (needs root)', () => {
  const root = scratch();
  // OpenRC's own programs, as far as the state that they keep goes.
  const openrc = {
    'bin/rc-service': {
      program:
        '#!/bin/sh\ncase $2 in start|restart) ln -sf /etc/init.d/$1 /run/openrc/started/$1;; stop) rm /run/openrc/started/$1;; esac\n',
    },
    'bin/rc-update': {
      program:
        '#!/bin/sh\ncase $1 in add) mkdir -p /etc/runlevels/$3; ln -s /etc/init.d/$2 /etc/runlevels/$3/$2;; del) rm /etc/runlevels/$3/$2;; esac\n',
    },
    'run/openrc/started': 'folder',
    'etc/init.d/x': { program: '#!/bin/sh\n' },
  } as const;
  const sysv = {
    'etc/rc3.d': 'folder',
    'etc/init.d/x': {
      program:
        '#!/bin/sh\ncase $1 in start|restart) : >/run/x;; stop) rm /run/x;; status) [ -e /run/x ];; esac\n',
    },
    'bin/chkconfig': {
      program:
        '#!/bin/sh\ncase $2 in on) ln -s ../init.d/x /etc/rc3.d/S50x;; off) rm /etc/rc3.d/S50x;; esac\n',
    },
  } as const;
  const busybox = {
    'etc/init.d/S50x': {
      program: '#!/bin/sh\ncase $1 in start) echo 1 >/run/x.pid;; stop) rm /run/x.pid;; esac\n',
    },
  } as const;

  test.each([
    ['openrc', openrc, { state: 'started', enabled: true }],
    [
      'openrc',
      {
        ...openrc,
        'run/openrc/started/x': { link: '/etc/init.d/x' },
        'etc/runlevels/boot/x': { link: '/etc/init.d/x' },
      },
      { state: 'stopped', enabled: false },
    ],
    ['sysv', sysv, { state: 'started', enabled: true }],
    [
      'sysv',
      { ...sysv, 'run/x': '', 'etc/rc3.d/S50x': { link: '../init.d/x' } },
      { state: 'stopped', enabled: false },
    ],
    ['busybox', { ...busybox, 'run/x.pid': `${process.pid}\n` }, { state: 'stopped' }],
  ] as const)('%s %#', (manager, entries, args) => {
    constructRoot(root, entries);
    const wanted: SystemdArgs = { name: 'x', ...args };
    const look = () => lookInRoot(root, unit, [{ name: 'x' }])[0] as UnitAnswer;
    const before = look();
    expect(before.manager).toBe(manager);
    const changes = systemd.plan(wanted, { unit: before, age: null });
    expect(changes.length).toBeGreaterThan(0);
    for (const { apply } of changes) expect(runInRoot(root, apply)).toMatchObject({ status: 0, stderr: '' });
    const after = look();
    expect(systemd.plan(wanted, { unit: after, age: null })).toEqual([]);
    expect(systemd.proven?.(wanted, { unit: before, age: null }, { unit: after, age: null })).toBe(true);
    expect(unit.lasting?.(after)).toEqual(
      unit.lasting?.(changes.at(-1)?.predicts?.[0]?.answer as UnitAnswer),
    );
    for (const { undo } of changes.toReversed()) {
      if ('text' in undo) expect(runInRoot(root, undo)).toMatchObject({ status: 0, stderr: '' });
    }
    expect(unit.lasting?.(look())).toEqual(unit.lasting?.(before));
  });
});
