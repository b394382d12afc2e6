import { type Static, Type } from 'typebox';
import type { Change } from '../contract/change.ts';
import { CannotPlan } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { ask, known } from '../contract/probe.ts';
import { unit, type UnitAnswer } from '../facts/unit.ts';
import { planManager } from './systemd/manager_plan.ts';
import { provenUnit } from './systemd/proof.ts';
import { planService, provenService } from './systemd/service_plan.ts';
import { planUnit } from './systemd/unit_plan.ts';

const args = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: '^(?!.*@(\\.[a-z]+)?$)[A-Za-z0-9:_.\\\\@-]{1,255}$',
        description:
          'The unit, "sshd" or "sshd.service"; an instance as "getty@tty1". On a host without systemd, the service script.',
        errorMessage: 'must name one unit: no pattern, no path, no template without its instance',
      }),
    ),
    state: Type.Optional(
      Type.Enum(['started', 'stopped', 'restarted', 'reloaded'], {
        description:
          '`restarted` and `reloaded` always change; both start a unit that is down. `started` runs a oneshot without RemainAfterExit each time.',
      }),
    ),
    enabled: Type.Optional(Type.Boolean({ description: 'Whether it starts at boot.' })),
    masked: Type.Optional(Type.Boolean({ description: 'Whether it is kept from being started at all.' })),
    daemon_reload: Type.Optional(
      Type.Boolean({
        description:
          'Lets systemd read its files anew: with `name`, where that unit needs it; without, always. Comes before everything but unmasking.',
      }),
    ),
    daemon_reexec: Type.Optional(
      Type.Boolean({ description: 'Lets systemd start itself anew; always changes.' }),
    ),
    no_block: Type.Optional(
      Type.Boolean({ description: 'Queues start, stop, restart or reload and does not wait for its end.' }),
    ),
    scope: Type.Optional(
      Type.Enum(['system'], {
        description: "Only the system's units are managed.",
        errorMessage: 'must be "system": the units of users are not managed',
      }),
    ),
    settle: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 600,
        default: 3,
        description:
          'Seconds that a started unit must have stayed up, by the host’s own clock, to count as started. 0 takes the word of systemctl.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type SystemdArgs = Static<typeof args>;

/** Null where no unit is named. */
export type SystemdState = UnitAnswer | null;

/** Seconds beyond `settle` in which a unit may still be on its way. */
const patience = 10;

/** Keeps a unit started or stopped, enabled or not, masked or not. */
export const systemd: Module<SystemdArgs, SystemdState> = {
  kind: 'resource',
  name: 'systemd',
  summary: 'Starts, stops, enables and masks units; services by their scripts where there is no systemd.',
  args,
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
