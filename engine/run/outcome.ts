import type { Task } from '../load/playbook.ts';
import type { ShownChange, TaskStatus } from './events.ts';

/** How one unit ended, before `changed_when` and `failed_when` have their say. */
export interface Outcome {
  readonly status: TaskStatus;
  /** Whether something on the host really changed (in check mode: would). */
  readonly changed: boolean;
  readonly changes?: readonly ShownChange[];
  readonly message?: string | undefined;
  readonly detail?: string | undefined;
  /** What a command wrote to its standard output. */
  readonly output?: string;
  readonly next?: string | undefined;
  /** What `register` holds besides the flags. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Check mode: the step that must be made before this is known. */
  readonly later?: number;
  readonly assuming?: number;
  /** The register is not known, since the step was not made. */
  readonly unmade?: boolean;
}

/** What is shown in the place of what a task with `no_log` did. */
export const hidden = '(hidden by no_log)';

/** An outcome with nothing to say. */
export const fine: Outcome = { status: 'ok', changed: false };

/** A unit that check mode cannot know before an earlier step is made. */
export function knownLater(step: number): Outcome {
  return {
    status: 'later',
    changed: false,
    later: step,
    unmade: true,
    message: `known only after step ${step}`,
  };
}

/** A unit that is not run. */
export function skipped(why: string): Outcome {
  return { status: 'skipped', changed: false, message: why };
}

/** It stood in line, and then was not to be begun any more. */
export const notBegun: Outcome = skipped('not begun');

/** A failure that the task ignores. */
export function judgedFor({ ignoreErrors }: Task, outcome: Outcome): Outcome {
  return outcome.status === 'failed' && ignoreErrors ? { ...outcome, status: 'ignored' } : outcome;
}

/** What `register` holds. */
export function registered(outcome: Outcome): Record<string, unknown> {
  const isFailed = outcome.status === 'failed' || outcome.status === 'ignored';
  return {
    unreachable: false,
    ...outcome.values,
    changed: outcome.changed,
    failed: isFailed,
    skipped: outcome.status === 'skipped',
    ...(outcome.message === undefined || outcome.values?.['msg'] !== undefined
      ? {}
      : { msg: outcome.message }),
  };
}
