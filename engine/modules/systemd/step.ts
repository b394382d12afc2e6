import type { Undo } from '../../contract/change.ts';
import type { SystemdUnit } from '../../facts/unit_systemd.ts';
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
