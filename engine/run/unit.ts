import type { StampedChange } from '../contract/change.ts';
import type { AnyModule } from '../contract/module.ts';
import type { Probe } from '../contract/probe.ts';
import type { Identity } from '../transport/transport.ts';
import type { Outcome } from './outcome.ts';
import type { HostScope } from './variables.ts';
import type { TaskWork } from './works.ts';

/** One task with one item of its loop, on one host. */
export interface Unit {
  /** Unique on the host within the run. */
  readonly number: number;
  readonly work: TaskWork;
  readonly scope: HostScope;
  /** The item as shown to the user. */
  readonly label?: string;
  /** The variables of its loop, which `.results[]` of a register have too. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** Arguments and probe, frozen once they are known. */
  prepared?: Prepared;
  /** Why it could not be prepared; counts when it is reached. */
  broken?: Error;
  /** What it comes to without being run: its loop is not known, or not needed. */
  settled?: Outcome;
  /** Its change was sent with an earlier one; the proof is still owed. */
  made?: Made;
  /** The host that it was delegated to. */
  delegate?: string;
  /** Nothing more is asked for it. */
  done?: true;
}

/** A unit whose arguments are known. */
export interface Prepared {
  readonly module: AnyModule;
  readonly args: never;
  readonly identity: Identity;
  /** The state's probe, or an action's guard. */
  readonly probe?: Probe<unknown>;
}

/** What became of a unit's changes on the host. */
export interface Made {
  readonly changes: readonly StampedChange[];
  readonly before: unknown;
  /** How many of the changes were made. */
  readonly count: number;
  readonly failure?: MakingFailure;
}

/** Why the changes of a send stopped. */
export interface MakingFailure {
  readonly code: number;
  readonly said: string;
  readonly timedOut: boolean;
  /** The undo could not be kept, so that nothing was changed. */
  readonly unjournalled: boolean;
  /** What was to be changed after it in the same send, and was not. */
  readonly unmade: readonly string[];
}
