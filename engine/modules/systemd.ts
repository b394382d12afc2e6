import type { Change } from '../contract/change.ts';
import { CannotPlan } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, known } from '../contract/probe.ts';
import type { UnitAnswer } from '../facts/unit.ts';
import type { NoUserManager } from '../facts/user_unit.ts';
import { type SystemdArgs, systemdArguments } from './systemd/arguments.ts';
import { planManager } from './systemd/manager_plan.ts';
import { provenUnit } from './systemd/proof.ts';
import { type Age, askAge, staleness } from './systemd/stale.ts';
import { refuseNoManager } from './systemd/no_manager.ts';
import { managerOf } from './systemd/step.ts';
import { planService, provenService } from './systemd/service_plan.ts';
import { planUnit } from './systemd/unit_plan.ts';

/** How a unit stands. */
export interface SystemdState {
  /** Null where no unit is named. */
  readonly unit: UnitAnswer | NoUserManager | null;
  /** What its start is held against, where a restart hangs on that. */
  readonly age: Age | null;
}

/** Seconds beyond `settle` in which a unit may still be on its way. */
const patience = 10;

/** Keeps a unit started or stopped, enabled or not, masked or not. */
export const systemd: Module<SystemdArgs, SystemdState> = {
  kind: 'resource',
  name: 'systemd',
  summary: 'Starts, stops, enables and masks units; services by their scripts where there is no systemd.',
  args: systemdArguments,
  notes: [
    'A unit counts as started once it has been up for `settle` seconds; one that dies sooner fails the task with how it ended; so does one that is up, but that systemd had to start anew within that time. Where `systemctl` itself says that a start failed, the last log lines are shown.',
    '`enabled: true` is refused for a unit that has no [Install] section (static, indirect, generated), since nothing would start it at boot.',
    'A unit may be named by an alias, but for `masked: true`, and for `enabled: false` where the alias is gone with it (Debian’s sshd.service): the refusal says its own name.',
    'Undo gives back what was found: up or down, enabled or not, masked or not. That a unit was restarted or reloaded cannot be taken back. A disable that follows `Also=` also disables units that were enabled on their own.',
    'On OpenRC, SysV and busybox hosts `daemon_reload` has nothing to do, `masked: true` is refused, and `settle` has no meaning.',
    '`older_than` goes by when the main process began, so that a second run finds it new. A file’s last change (mtime) is read by the host’s clock of today: one that kept an older time when it was copied or installed does not count, and a clock that was set since may mislead. A script’s program is its interpreter; a library that was replaced is not seen.',
    'The register’s `status` has `ActiveEnterTimestampMonotonic` and `ExecMainStartTimestampMonotonic` in microseconds since the boot (0: never), `DropInPaths`, `NeedDaemonReload`.',
    '`scope: user` needs `become_user` (or a login as that user), and a systemd of the user’s own: while a session of theirs is open, or from boot on after `loginctl enable-linger`. RHEL and CentOS 7 have none.',
    'systemd before 230 does not tell when a unit was reloaded: there `reloaded` is proven by the unit being up.',
  ],
  probe: (wanted) =>
    all({
      unit: wanted.name === undefined ? known(null) : ask(managerOf(wanted).fact, { name: wanted.name }),
      age: askAge(wanted),
    }),
  plan,
  proven(wanted, { unit: before }, { unit: after, age }) {
    if (!before || !after || before.manager !== after.manager || after.manager === 'none') return true;
    if (after.manager !== 'systemd') return provenService(wanted, after);
    return before.manager === 'systemd' ? provenUnit(wanted, before, after, age) : true;
  },
  settle: ({ settle = 3 }) => settle + patience,
  result: (_wanted, { unit }) => (unit && unit.manager !== 'none' ? report(unit) : {}),
};

function plan(wanted: SystemdArgs, { unit, age }: SystemdState): readonly Change[] {
  const manager = planManager(wanted);
  if (unit?.manager === 'none') return refuseNoManager(unit);
  if (unit) {
    if (unit.manager === 'systemd')
      return [...manager, ...planUnit(wanted, unit, staleness(wanted, unit, age))];
    refuseForScripts(wanted, unit.manager);
    return [...manager, ...planService(wanted, unit)];
  }
  const needsName = needingName.find((key) => wanted[key] !== undefined);
  if (needsName) throw new CannotPlan(`\`${needsName}\` needs \`name\``, { next: 'name the unit' });
  return manager;
}

const needingName = ['state', 'enabled', 'masked', 'older_than', 'executable_replaced'] as const;

/** Scripts do not tell since when a service runs. */
function refuseForScripts({ older_than, executable_replaced }: SystemdArgs, manager: string): void {
  if (older_than === undefined && executable_replaced === undefined) return;
  throw new CannotPlan(`since when a service runs is not told on this host, which is run by ${manager}`, {
    next: 'restart it by a handler that is notified of what it must read anew',
  });
}

/** What Ansible's users look for: `status.ActiveState`. */
function report(state: UnitAnswer): Record<string, unknown> {
  if (state.manager !== 'systemd') {
    const { name, running, enabled, script } = state;
    return { name, enabled, state: running ? 'started' : 'stopped', status: { script } };
  }
  return {
    name: state.id,
    enabled: state.enabled === 'enabled',
    state: state.active === 'active' || state.active === 'reloading' ? 'started' : 'stopped',
    status: {
      Id: state.id,
      LoadState: state.load,
      ActiveState: state.active,
      SubState: state.sub,
      UnitFileState: state.enabled,
      MainPID: state.pid ?? 0,
      ActiveEnterTimestampMonotonic: state.activeAt ?? 0,
      ExecMainStartTimestampMonotonic: state.begunAt ?? 0,
      NeedDaemonReload: state.needDaemonReload,
      FragmentPath: state.fragmentPath,
      DropInPaths: state.dropIns ?? [],
      Result: state.result,
    },
  };
}
