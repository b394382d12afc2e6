import { CannotPlan, type Change } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import { path, type PathAnswer } from '../facts/path.ts';
import type { UnitAnswer } from '../facts/unit.ts';
import {
  askUnitFile,
  planUnitFile,
  planUnitGone,
  unitFolder,
  type UnitFileState,
} from '../facts/unit_file.ts';
import { type SystemdUnitArgs, systemdUnitArguments } from './systemd_unit/arguments.ts';
import { unitText } from './systemd_unit/text.ts';

export interface SystemdUnitState extends UnitFileState {
  /** The unit's files that packages have brought. */
  readonly vendors: readonly PathAnswer[];
}

/** Keeps a unit file, or a drop-in of a unit, and lets systemd read it. */
export const systemdUnit: Module<SystemdUnitArgs, SystemdUnitState> = {
  kind: 'resource',
  name: 'systemd_unit',
  summary:
    'Keeps a unit file or a drop-in in /etc/systemd/system, checks it first, and lets systemd read it.',
  args: systemdUnitArguments,
  notes: [
    'systemd reads its files anew in the same step, and again in the undo; a running unit goes on as it was started, so notify a handler that restarts it.',
    'Files of packages, in /usr/lib/systemd, are never written; a unit of the same name in /etc takes their place, a drop-in (`drop_in`) only alters them. A link, such as that of an alias or a mask, is refused.',
    'Where the host has no `systemd-analyze`, the file is not checked. A drop-in is checked with the unit that it belongs to.',
    '`absent` refuses to remove the last file of a unit that runs or is enabled: stop and disable it with `systemd` first. The folder NAME.d stays.',
    'In `sections` a value is one line, as systemd reads it: `%` and, in commands, `$` and quotes have their meaning there.',
  ],
  probe: probeUnit,
  plan: planUnit,
  proven(args, _before, after) {
    const rest = planUnit(args, after).map(({ what }) => what);
    if (rest.length > 0) return `a fresh look still asks for: ${rest.join('; ')}`;
    const { unit } = after;
    const isBroken = unit.manager === 'systemd' && unit.load === 'error' && !args.name.includes('@.');
    return isBroken ? `${unit.id} cannot be used: ${unit.problem ?? 'systemd could not load it'}` : true;
  },
  result: (args, state) => ({ name: args.name, path: fileOf(args), exists: state.file.at.kind !== 'absent' }),
};

function probeUnit(args: SystemdUnitArgs): Probe<SystemdUnitState> {
  const folders = ['/run', '/usr/local/lib', '/usr/lib', '/lib'].map((top) => `${top}/systemd/system`);
  const files = folders.map((folder) => `${folder}/${args.name}`);
  const vendors = each(files.map((file) => ask(path, { path: file })));
  return map(all({ own: askUnitFile(args.name, fileOf(args)), vendors }), ({ own, vendors: found }) => ({
    ...own,
    vendors: found,
  }));
}

function planUnit(args: SystemdUnitArgs, state: SystemdUnitState): readonly Change[] {
  const { name, drop_in: dropIn, owner, group, mode, verify = 'all' } = args;
  const file = fileOf(args);
  if (args.state === 'absent') {
    if (args.content !== undefined || args.sections !== undefined)
      throw new CannotPlan('`state: absent` takes neither `content` nor `sections`');
    const changes = planUnitGone({ unit: name, path: file }, state, goneUnit(args, state));
    if (changes.length > 0 && dropIn === undefined) refuseInUse(state);
    return changes;
  }
  return planUnitFile(
    {
      unit: name,
      path: file,
      isDropIn: dropIn !== undefined,
      text: unitText(args),
      verification: verify,
      attributes: { owner, group, mode },
    },
    state,
  );
}

function fileOf({ name, drop_in: dropIn }: SystemdUnitArgs): string {
  if (dropIn === undefined) return `${unitFolder}/${name}`;
  return `${unitFolder}/${name}.d/${dropIn.replace(/\.conf$/, '')}.conf`;
}

function hasOther({ vendors }: SystemdUnitState): boolean {
  return vendors.some((at) => at.kind !== 'absent');
}

function refuseInUse(state: SystemdUnitState): void {
  const { unit } = state;
  if (unit.manager !== 'systemd' || hasOther(state)) return;
  const isUp = !['inactive', 'failed'].includes(unit.active);
  const isEnabled = unit.enabled === 'enabled' || unit.enabled === 'enabled-runtime';
  if (!isUp && !isEnabled) return;
  throw new CannotPlan(
    `${unit.id} is ${[isUp ? unit.active : '', isEnabled ? unit.enabled : ''].filter(Boolean).join(' and ')}, and this is its only file`,
    {
      next: `stop and disable it first: systemd: {name: ${unit.id}, state: stopped, enabled: false}`,
    },
  );
}

/** Where a package's file comes to light again, nothing is certain. */
function goneUnit(args: SystemdUnitArgs, state: SystemdUnitState): UnitAnswer | null {
  const { unit } = state;
  if (unit.manager !== 'systemd' || args.drop_in !== undefined || hasOther(state)) return null;
  return {
    ...unit,
    load: 'not-found',
    enabled: '',
    needDaemonReload: false,
    fragmentPath: '',
    onDisk: false,
  };
}
