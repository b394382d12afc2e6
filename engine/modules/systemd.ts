import type { Change } from '../contract/change.ts';
import { CannotPlan } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { ask, known } from '../contract/probe.ts';
import { unit, type UnitAnswer } from '../facts/unit.ts';
import { type SystemdArgs, systemdArguments } from './systemd/arguments.ts';
import { planManager } from './systemd/manager_plan.ts';
import { provenUnit } from './systemd/proof.ts';
import { planService, provenService } from './systemd/service_plan.ts';
import { planUnit } from './systemd/unit_plan.ts';

/** Null where no unit is named. */
export type SystemdState = UnitAnswer | null;

/** Seconds beyond `settle` in which a unit may still be on its way. */
const patience = 10;

/** Keeps a unit started or stopped, enabled or not, masked or not. */
export const systemd: Module<SystemdArgs, SystemdState> = {
  kind: 'resource',
  name: 'systemd',
  summary: 'Starts, stops, enables and masks units; services by their scripts where there is no systemd.',
  args: systemdArguments,
  notes: [
    'A unit counts as started once it has been up for `settle` seconds; one that dies sooner fails the task with how it ended. Where `systemctl` itself says that a start failed, the last log lines are shown.',
    '`enabled: true` is refused for a unit that has no [Install] section (static, indirect, generated), since nothing would start it at boot.',
    'Undo gives back what was found: up or down, enabled or not, masked or not. That a unit was restarted or reloaded cannot be taken back. A disable that follows `Also=` also disables units that were enabled on their own.',
    'On OpenRC, SysV and busybox hosts `daemon_reload` has nothing to do, `masked: true` is refused, and `settle` has no meaning.',
    'systemd before 230 does not tell when a unit was reloaded: there `reloaded` is proven by the unit being up.',
  ],
  probe: ({ name }) => (name === undefined ? known(null) : ask(unit, { name })),
  plan,
  proven(wanted, before, after) {
    if (!before || !after || before.manager !== after.manager) return true;
    if (after.manager !== 'systemd') return provenService(wanted, after);
    return before.manager === 'systemd' ? provenUnit(wanted, before, after) : true;
  },
  settle: ({ settle = 3 }) => settle + patience,
  result: (_wanted, state) => (state ? report(state) : {}),
};

function plan(wanted: SystemdArgs, state: SystemdState): readonly Change[] {
  const manager = planManager(wanted);
  if (state) {
    return state.manager === 'systemd'
      ? [...manager, ...planUnit(wanted, state)]
      : [...manager, ...planService(wanted, state)];
  }
  const needsName = (['state', 'enabled', 'masked'] as const).find((key) => wanted[key] !== undefined);
  if (needsName) throw new CannotPlan(`\`${needsName}\` needs \`name\``, { next: 'name the unit' });
  return manager;
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
      FragmentPath: state.fragmentPath,
      Result: state.result,
    },
  };
}
