import type { Undo } from '../../contract/change.ts';
import type { Fact, Key } from '../../contract/fact.ts';
import { unit, type UnitAnswer, unitFiles, type UnitSubject } from '../../facts/unit.ts';
import { type SystemdUnit, systemManager } from '../../facts/unit_systemd.ts';
import { userManager, userUnit, userUnitFiles } from '../../facts/user_unit.ts';
import { sh, type Script } from '../../shell/script.ts';

/** A step, and what it is sure to leave behind; null where that is not known. */
export interface Step {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly apply: Script;
  readonly undo: Undo;
  readonly leaves: Partial<SystemdUnit> | null;
}

/** Nothing to take back. */
export const nothing = sh`:`;

/** Whose units are meant: the host's, or those of the user that the task becomes. */
export type Scope = 'system' | 'user';

/** What differs between the host's systemd and a user's own. */
export interface Manager {
  /** The command that speaks to it. */
  readonly systemctl: Script;
  /** The option by which journalctl takes a unit of it. */
  readonly journal: Script;
  readonly fact: Fact<UnitSubject, UnitAnswer>;
  readonly files: Key;
  /** The end of the folder in which a mask would be. */
  readonly own: string;
}

export const managers: Readonly<Record<Scope, Manager>> = {
  system: {
    systemctl: systemManager.systemctl,
    journal: sh`-u`,
    fact: unit,
    files: unitFiles,
    own: '/etc/systemd/system',
  },
  user: {
    systemctl: userManager.systemctl,
    journal: sh`--user-unit`,
    // Where the user has no systemd, nothing is planned.
    fact: userUnit as Fact<UnitSubject, UnitAnswer>,
    files: userUnitFiles,
    own: '/.config/systemd/user',
  },
};

/** The manager that a task means. */
export function managerOf({ scope = 'system' }: { readonly scope?: Scope }): Manager {
  return managers[scope];
}
