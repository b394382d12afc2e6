import { CannotPlan, predict, type Change, type Undo } from '../../contract/change.ts';
import type { Key } from '../../contract/fact.ts';
import { type SystemdUnit, unitName } from '../../facts/unit_systemd.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { SystemdArgs } from './arguments.ts';
import { planActive } from './active_plan.ts';
import { managerOf, type Step } from './step.ts';

/** The steps from how a unit is to how it should be: unmask, read files anew, enable, start or stop, mask. */
export function planUnit(
  wanted: SystemdArgs,
  seen: SystemdUnit,
  stale: readonly string[] | null = null,
): readonly Change[] {
  refuseContradictions(wanted, seen);
  refuseAlias(wanted, seen);
  let expected: SystemdUnit | null = seen;
  const changes: Change[] = [];
  const { fact } = managerOf(wanted);
  for (const plan of [planUnmask, planReload, planEnabled, planActive, planMask]) {
    const step = plan(wanted, seen, stale);
    if (!step) continue;
    const { what, before, after, apply, undo, leaves } = step;
    expected = expected && leaves && { ...expected, ...leaves };
    changes.push({
      what,
      diff: { before, after },
      touches: touched(wanted, seen),
      apply,
      undo,
      ...(expected ? { predicts: [predict({ fact, subject: { name: seen.id } }, expected)] } : {}),
    });
  }
  return changes;
}

function keyOf(wanted: SystemdArgs, id: string): Key {
  return wanted.scope === 'user' ? `user_unit:${id}` : `unit:${id}`;
}

function touched(wanted: SystemdArgs, { id }: SystemdUnit): Change['touches'] {
  const asked = wanted.name === undefined ? [] : [keyOf(wanted, unitName(wanted.name))];
  const files = wanted.daemon_reload ? [managerOf(wanted).files] : [];
  return [...new Set([keyOf(wanted, id), ...asked, ...files])];
}

function refuseContradictions(wanted: SystemdArgs, { id, load, active, problem, onDisk }: SystemdUnit): void {
  const up = wanted.state !== undefined && wanted.state !== 'stopped';
  if (wanted.masked && (wanted.enabled || up)) {
    throw new CannotPlan(`${id} cannot be masked and ${wanted.enabled ? 'enabled' : wanted.state} at once`);
  }
  if (load === 'masked' && wanted.masked !== false && (wanted.enabled || (up && active !== 'active'))) {
    throw new CannotPlan(`${id} is masked`, { next: 'add `masked: false`, if it is meant to run' });
  }
  if (wanted.daemon_reload && onDisk) return;
  if (load === 'error') {
    throw new CannotPlan(`${id} cannot be used: ${problem ?? 'systemd could not load it'}`, {
      next: `look with: systemctl status ${id}`,
    });
  }
  if (load === 'not-found' && !wanted.masked) {
    throw new CannotPlan(`there is no unit ${id}`, {
      missing: keyOf(wanted, id),
      next: onDisk
        ? 'its file is there, but systemd has not read it: add `daemon_reload: true`'
        : 'check the name, or install what brings it first',
    });
  }
}

/** What another name leads to would be changed, and the next look at that name find something else. */
function refuseAlias(wanted: SystemdArgs, { id, load, enabled, alias }: SystemdUnit): void {
  const asked = wanted.name === undefined ? id : unitName(wanted.name);
  if (asked === id || load !== 'loaded') return;
  const goes = wanted.enabled === false && alias !== undefined && enabled === 'enabled';
  if (!goes && !wanted.masked) return;
  throw new CannotPlan(
    `${asked} is another name of ${id}${goes ? ', and is gone when that is disabled' : ', and a mask goes by one name'}`,
    { next: `name ${id}` },
  );
}

function planUnmask(wanted: SystemdArgs, { id, load, enabled, linked }: SystemdUnit): Step | null {
  const { systemctl } = managerOf(wanted);
  if (wanted.masked !== false || load !== 'masked') return null;
  const runtime = enabled === 'masked-runtime' ? ['--runtime'] : [];
  return {
    what: `unmask ${id}`,
    before: enabled,
    after: 'not masked',
    apply: lines([
      sh`${systemctl} unmask ${runtime} -- ${id} || exit`,
      passingAsWell(wanted, id, 'masked-runtime', 'unmask'),
    ]),
    undo: sh`${systemctl} mask ${runtime} -- ${id}`,
    leaves: linked ? { load: 'loaded', enabled: 'enabled' } : null,
  };
}

/** A masked unit with drop-ins asks for it for ever (systemd issue 33672). */
function planReload(wanted: SystemdArgs, { id, load, needDaemonReload }: SystemdUnit): Step | null {
  const { systemctl } = managerOf(wanted);
  const isNeeded = load === 'loaded' ? needDaemonReload : load === 'not-found' || load === 'error';
  if (!wanted.daemon_reload || !isNeeded) return null;
  return {
    what: `let systemd read the files of ${id} anew`,
    before: load === 'loaded' ? 'read before they changed' : 'not read',
    after: 'read',
    apply: sh`${systemctl} daemon-reload`,
    undo: sh`${systemctl} daemon-reload`,
    leaves: load === 'loaded' ? { needDaemonReload: false } : null,
  };
}

function planEnabled(wanted: SystemdArgs, unit: SystemdUnit): Step | null {
  const { id, load, linked } = unit;
  const { systemctl } = managerOf(wanted);
  const enabled = load === 'masked' && linked ? 'enabled' : unit.enabled;
  if (wanted.enabled === true && enabled !== 'enabled') {
    refuseUnlinked(unit);
    return {
      what: `enable ${id}`,
      before: enabled || 'not known',
      after: 'enabled',
      apply: sh`${systemctl} enable -- ${id}`,
      undo: undoEnable(wanted, unit),
      leaves: { enabled: 'enabled', load: 'loaded' },
    };
  }
  // Under a mask that stays, links start nothing.
  const isIdle = load === 'masked' && wanted.masked !== false;
  if (wanted.enabled === false && !isIdle && (enabled === 'enabled' || enabled === 'enabled-runtime')) {
    const runtime = enabled === 'enabled-runtime' ? ['--runtime'] : [];
    return {
      what: `disable ${id}`,
      before: enabled,
      after: 'disabled',
      apply: lines([
        sh`${systemctl} disable ${runtime} -- ${id} || exit`,
        passingAsWell(wanted, id, 'enabled-runtime', 'disable'),
      ]),
      undo: sh`${systemctl} enable ${runtime} -- ${id}`,
      leaves: { enabled: 'disabled' },
    };
  }
  return null;
}

/** Beside the link that stays, there may be one in /run, which goes with the next boot. */
function passingAsWell(wanted: SystemdArgs, id: string, state: string, verb: string): Script {
  const { systemctl } = managerOf(wanted);
  return sh`case $(${systemctl} is-enabled -- ${id} 2>/dev/null) in ${state}) ${systemctl} ${verb} --runtime -- ${id};; esac`;
}

function refuseUnlinked({ id, enabled }: SystemdUnit): void {
  const why = {
    static: 'it has no [Install] section, so that only other units start it',
    indirect: 'its [Install] section only names other units (Also=)',
    generated: 'a generator writes it at each boot',
    transient: 'it was made at run time and has no file',
  }[enabled];
  if (why) {
    throw new CannotPlan(`${id} cannot be enabled: ${why}`, {
      next: 'leave `enabled` out, or name the unit that starts it',
    });
  }
}

/** `disable` also removes the link of a linked unit. */
function undoEnable(wanted: SystemdArgs, { id, enabled, fragmentPath }: SystemdUnit): Undo {
  const { systemctl } = managerOf(wanted);
  if (enabled === 'linked')
    return sh`f=$(readlink -f -- ${fragmentPath}) && ${systemctl} disable -- ${id} && ${systemctl} link -- "$f"`;
  return sh`${systemctl} disable -- ${id}`;
}

function planMask(wanted: SystemdArgs, { id, load, enabled, fragmentPath }: SystemdUnit): Step | null {
  if (wanted.masked !== true || (load === 'masked' && enabled === 'masked')) return null;
  const { systemctl, own } = managerOf(wanted);
  if (load !== 'masked' && fragmentPath.endsWith(`${own}/${id}`)) {
    throw new CannotPlan(`${id} cannot be masked: its own file is where the mask would be`, {
      next: `move ${fragmentPath} away first, or use \`state: stopped\` and \`enabled: false\``,
    });
  }
  return {
    what: `mask ${id}`,
    before: enabled === 'masked-runtime' ? 'masked until the next boot' : 'not masked',
    after: 'masked',
    apply: sh`${systemctl} mask -- ${id}`,
    undo: sh`${systemctl} unmask -- ${id}`,
    leaves: { load: 'masked', enabled: 'masked' },
  };
}
