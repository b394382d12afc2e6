import type { Position } from '../errors.ts';

/** What a run says while it goes on: kept in its record, shown by every report. Times are ISO 8601 in UTC. */
export type Event =
  | RunStarted
  | PlayStarted
  | BatchStarted
  | HostStarted
  | HostDone
  | ChangeStarted
  | ChangeEnded
  | TaskEnded
  | HandlerNotified
  | Rescued
  | Waiting
  | Said
  | HostEnded
  | PlayEnded
  | RunEnded;

/**
 * How a task ended on a host. `changed` in check mode means it would change;
 * `later` that it is known only after an earlier step is made; `unknown` that a cut command may or may not have run.
 */
export type TaskStatus =
  | 'ok'
  | 'changed'
  | 'skipped'
  | 'failed'
  | 'ignored'
  | 'unreachable'
  | 'later'
  | 'unknown';

/** How a host stands at the end. */
export type HostStatus =
  | 'ok'
  | 'changed'
  /** All is well in the end, but only by way of a `rescue`. */
  | 'rescued'
  | 'failed'
  | 'unreachable'
  /** Stopped because of other hosts. */
  | 'blocked'
  | 'interrupted'
  | 'not started';

export interface RunStarted {
  readonly event: 'run_started';
  readonly at: string;
  readonly run: string;
  readonly version: string;
  readonly playbooks: readonly string[];
  /** The same, absolute: `undo` finds their handlers there. */
  readonly files: readonly string[];
  /** Absolute, so that `undo` finds them from anywhere. */
  readonly inventories: readonly string[];
  readonly check: boolean;
  /** The run that this one takes back. */
  readonly undoes?: string;
  /** How hosts were reached, without secrets; `undo` does the same unless told otherwise. */
  readonly reach: RecordedReach;
}

export interface RecordedReach {
  readonly user?: string;
  readonly privateKey?: string;
  readonly connection?: string;
  readonly becomeMethod?: string;
}

export interface PlayStarted {
  readonly event: 'play_started';
  readonly play: string;
  readonly hosts: readonly string[];
}

/** A part of a play's hosts begins, where `serial` makes several. */
export interface BatchStarted {
  readonly event: 'batch_started';
  readonly play: string;
  /** From 1. */
  readonly batch: number;
  readonly of: number;
  readonly hosts: readonly string[];
}

export interface HostStarted {
  readonly event: 'host_started';
  readonly host: string;
}

/** A host has gone through a play, or left it. */
export interface HostDone {
  readonly event: 'host_done';
  readonly host: string;
  readonly status: HostStatus;
}

/** A named question of a run record, asked again by `undo`. */
export interface RecordedQuestion {
  readonly fact: string;
  readonly subject: unknown;
}

/** Written before a change is sent to its host. */
export interface ChangeStarted {
  readonly event: 'change_started';
  readonly host: string;
  /** Which unit of work it belongs to; ChangeEnded names it again. */
  readonly unit: number;
  readonly task: string;
  readonly what: readonly string[];
  /** The identity that makes it, and the folder of the host's journal with its undo script. */
  readonly identity: RecordedIdentity;
  /** What the play said of the connection. */
  readonly connection: { readonly connection?: 'ssh' | 'local'; readonly user?: string };
  readonly journal: string;
  /** The numbers of its changes within that journal entry. */
  readonly changes: readonly number[];
  readonly questions: readonly RecordedQuestion[];
  /** What it may alter; '*' is anything. */
  readonly touches: readonly string[] | '*';
  /** Digest of the answers it was planned from. */
  readonly before: string;
  /** Why it cannot be taken back, where it cannot. */
  readonly impossible?: string;
  /** The handler that made it; one that cannot be taken back is run again by `undo`. */
  readonly handler?: string;
}

export interface RecordedIdentity {
  readonly method: 'sudo' | 'su' | 'doas' | null;
  readonly user: string | null;
}

/** Written once it is known how a change ended. */
export interface ChangeEnded {
  readonly event: 'change_ended';
  readonly host: string;
  readonly unit: number;
  readonly made: boolean;
  /** Digest of the answers after it; absent where it was not made. */
  readonly after?: string;
}

export interface ShownChange {
  readonly what: string;
  /** The file that `before` and `after` are the content of. */
  readonly path?: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Why it cannot be taken back. */
  readonly impossible?: string;
}

export interface TaskEnded {
  readonly event: 'task_ended';
  readonly host: string;
  readonly task: string;
  readonly module: string;
  readonly position?: Position;
  readonly handler: boolean;
  readonly item?: string;
  /** The host that it was done on, where that is another one. */
  readonly delegate?: string;
  readonly status: TaskStatus;
  readonly changes: readonly ShownChange[];
  /** What the task says of showing differences; absent where it leaves that to the command line. */
  readonly diff?: boolean;
  /** Why it failed, was skipped, or must wait. */
  readonly message?: string;
  /** What was seen, over several lines. */
  readonly detail?: string;
  /** What a command wrote to its standard output. */
  readonly output?: string;
  readonly next?: string;
  /** The step whose effect here is not known in check mode. */
  readonly assuming?: number;
  /** Its number among the tasks of the run, from 1; in each play handlers follow the tasks. */
  readonly step: number;
}

export interface HandlerNotified {
  readonly event: 'handler_notified';
  readonly host: string;
  readonly handler: string;
}

/** A block's `rescue` has mended what failed in it. */
export interface Rescued {
  readonly event: 'rescued';
  readonly host: string;
  /** The task that had failed. */
  readonly task: string;
}

/** Something takes its time: a retry, a pause, a host that is to come back, a transfer. At most one a second a host. */
export interface Waiting {
  readonly event: 'waiting';
  readonly host: string;
  /** The module. */
  readonly task: string;
  readonly why: string;
  /** How long it has lasted. */
  readonly seconds: number;
  /** How long it may last, where that is known. */
  readonly limit?: number;
  readonly attempt?: number;
}

/** Text for the user: `debug`, warnings. */
export interface Said {
  readonly event: 'said';
  readonly host?: string;
  readonly level: 'message' | 'warning';
  readonly text: string;
}

export interface HostEnded {
  readonly event: 'host_ended';
  readonly host: string;
  readonly status: HostStatus;
  readonly counts: Readonly<Partial<Record<TaskStatus | 'rescued', number>>>;
  /** Handlers that were notified and have not run. */
  readonly owes: readonly string[];
  readonly message?: string;
  readonly next?: string;
  /** How often fettle spoke to the host. */
  readonly sends: number;
}

export interface PlayEnded {
  readonly event: 'play_ended';
  readonly play: string;
}

export interface RunEnded {
  readonly event: 'run_ended';
  readonly at: string;
  readonly check: boolean;
  readonly exit: number;
}

/** Takes events as they happen. */
export type Emit = (event: Event) => void;
