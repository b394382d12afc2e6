import { CannotPlan } from '../../contract/change.ts';
import { tidyPath } from '../../contract/host_path.ts';
import { all, ask, each, known, map, type Probe } from '../../contract/probe.ts';
import { modified } from '../../facts/modified.ts';
import type { UnitAnswer } from '../../facts/unit.ts';
import type { SystemdUnit } from '../../facts/unit_systemd.ts';
import { unitProcess, type UnitProcess } from '../../facts/unit_process.ts';
import type { NoUserManager } from '../../facts/user_unit.ts';
import type { SystemdArgs } from './arguments.ts';
import { managerOf } from './step.ts';

/** What a unit's start is held against. */
export interface Age {
  readonly process: UnitProcess;
  /** Other units by the names that were given. */
  readonly units: readonly { readonly name: string; readonly unit: UnitAnswer | NoUserManager }[];
  /** Files, and when they were modified, in seconds since the host's boot. */
  readonly files: readonly { readonly path: string; readonly at: number | null }[];
}

/** Asks for what a unit's start is to be held against; null where a restart does not hang on that. */
export function askAge(wanted: SystemdArgs): Probe<Age | null> {
  const { name, scope = 'system', older_than = [] } = wanted;
  if (name === undefined || !asksAge(wanted)) return known(null);
  const files = older_than.filter(isPath).map(tidyPath);
  const units = older_than.filter((one) => !isPath(one));
  const { fact } = managerOf(wanted);
  return all({
    process: ask(unitProcess, { name, scope }),
    units: each(units.map((one) => map(ask(fact, { name: one }), (unit) => ({ name: one, unit })))),
    files: each(files.map((path) => map(ask(modified, { path }), ({ at }) => ({ path, at })))),
  });
}

/** Why what runs of a unit is out of date, a reason each; null where a restart does not hang on that. Throws CannotPlan. */
export function staleness(wanted: SystemdArgs, unit: SystemdUnit, age: Age | null): readonly string[] | null {
  if (!asksAge(wanted)) return null;
  if (wanted.state !== 'restarted') {
    throw new CannotPlan(
      '`older_than` and `executable_replaced` say when to restart: they need `state: restarted`',
    );
  }
  if (age === null || unit.active !== 'active') return [];
  return [
    ...age.units.flatMap(({ name, unit: other }) => olderThanUnit(wanted, unit, name, other)),
    ...age.files.flatMap(({ path, at }) => olderThanFile(unit, age.process, path, at)),
    ...(wanted.executable_replaced ? replaced(unit, age.process) : []),
  ];
}

function asksAge({ older_than = [], executable_replaced = false }: SystemdArgs): boolean {
  return older_than.length > 0 || executable_replaced;
}

function isPath(name: string): boolean {
  return name.startsWith('/');
}

/** A process that began before another is ready speaks to that one: its own beginning counts, not its being ready. */
function startOf({ begunAt, activeAt, startedAt }: SystemdUnit): number | null {
  return begunAt ?? activeAt ?? startedAt;
}

function olderThanUnit(
  wanted: SystemdArgs,
  unit: SystemdUnit,
  name: string,
  other: UnitAnswer | NoUserManager,
): readonly string[] {
  if (other.manager !== 'systemd') return [];
  if (other.load === 'not-found') {
    throw new CannotPlan(
      `${unit.id} is to be restarted if it is older than ${name}, and there is no such unit`,
      {
        ...missing(wanted, name),
        next: 'check the name in `older_than`',
      },
    );
  }
  const [own, its] = [startOf(unit), startOf(other)];
  if (other.active !== 'active' || own === null || its === null || own >= its) return [];
  return [`it began ${seconds((its - own) / 1e6)} before ${other.id} did`];
}

function missing(wanted: SystemdArgs, name: string) {
  const [key] = managerOf(wanted).fact.about({ name });
  return key === undefined ? {} : { missing: key };
}

/** Clocks of a hundredth of a second: a file that was written just before the start must not seem newer. */
const grain = 0.03;

function olderThanFile(
  unit: SystemdUnit,
  process: UnitProcess,
  path: string,
  at: number | null,
): readonly string[] {
  const start = startOf(unit);
  const own = process.begunAt ?? (start === null ? null : start / 1e6);
  if (own === null || at === null || at <= own + grain) return [];
  return [`it began ${seconds(at - own)} before ${path} was changed`];
}

function replaced(unit: SystemdUnit, { pid, program, replaced: isReplaced }: UnitProcess): readonly string[] {
  if (pid !== null && program === null) {
    throw new CannotPlan(`which program ${unit.id} runs cannot be seen: /proc/${pid}/exe does not say it`, {
      next: 'become root',
    });
  }
  return isReplaced ? [`${program} was replaced or removed since it began`] : [];
}

function seconds(span: number): string {
  return `${span < 10 ? Math.ceil(span * 100) / 100 : Math.round(span)} s`;
}
