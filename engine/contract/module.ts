import type { TSchema } from 'typebox';
import type { Blob, Change, Undo } from './change.ts';
import type { Key } from './fact.ts';
import type { Probe } from './probe.ts';
import type { Script } from '../shell/script.ts';
import type { Secret } from '../shell/secret.ts';

/** What every kind of module has: its name, its page, its arguments. */
interface Described {
  /** Equals the name of its file. */
  readonly name: string;
  /** One sentence; printed in the reference. */
  readonly summary: string;
  /** An object schema: validates, documents; unknown keys are refused. */
  readonly args: TSchema;
  /** The argument that takes a plain scalar: `command: uptime`. */
  readonly shorthand?: string;
  /** More for the reference: traps, sources. */
  readonly notes?: readonly string[];
}

/** A thing that should be so: `probe` looks, `plan` decides, the engine does the rest. */
export interface Module<Args, State> extends Described {
  readonly kind: 'resource';
  /** It only tells: its plan is always empty, and what it found is its output. */
  readonly tells?: true;
  probe(args: Args): Probe<State>;
  /** Pure; [] means: as wanted. Throws CannotPlan. */
  plan(args: Args, state: State): readonly Change[];
  /**
   * The proof where an empty second plan cannot be it (restarted) or comes later (a unit that dies after 0.7 s).
   * `wait` is asked again up to `settle` seconds; a text says why it is not proven.
   */
  proven?(args: Args, before: State, after: State): true | 'wait' | string;
  /** How long `wait` may last, in seconds. */
  settle?(args: Args): number;
  /** What `register` holds beside `changed`, `failed`, `skipped`. */
  result?(args: Args, state: State): Record<string, unknown>;
}

/** What a script on the host left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly timedOut: boolean;
}

/** One thing to run on a host. */
export interface Run {
  /** One line for diffs and records. */
  readonly what: string;
  readonly script: Script;
  readonly stdin?: Blob;
  readonly environment?: Readonly<Record<string, string | Secret>>;
  /** Staged by the engine; `sent(0)`, `sent(1)`, …. */
  readonly sends?: readonly Blob[];
  /** Seconds on the host before it is ended. */
  readonly timeout?: number;
  readonly touches: readonly Key[] | '*';
  /** Copied before, for `undo`. */
  readonly saves?: readonly string[];
  readonly undo: Undo;
  /** May be repeated after a cut. */
  readonly again?: 'safe';
  result(outcome: Outcome): ActionResult;
}

export interface ActionResult {
  readonly changed: boolean;
  /** Why it failed; absent where it did not. */
  readonly failed?: string;
  /** What `register` holds. */
  readonly values: Record<string, unknown>;
}

/** Something that is done, not a state that is kept: `command`, `wait_for`. */
export interface Action<Args> extends Described {
  readonly kind: 'action';
  /** Says why there is nothing to do (`creates`, `unless`), or null to run. */
  guard?(args: Args): Probe<string | null>;
  /** It only looks: runs in check mode too. */
  reads(args: Args): boolean;
  run(args: Args): Run;
}

/** An expression that the engine has evaluated for a directive. */
export interface Evaluated {
  readonly source: string;
  readonly value: unknown;
}

export interface DirectiveResult {
  readonly changed?: boolean;
  readonly failed?: string;
  /** Said to the user, a line each. */
  readonly messages?: readonly string[];
  /** Variables of the host from here on. */
  readonly facts?: Record<string, unknown>;
  readonly values?: Record<string, unknown>;
}

/** Works on the controller alone: `debug`, `assert`, `set_fact`, `fail`. */
export interface Directive<Args> extends Described {
  readonly kind: 'directive';
  run(args: Args): DirectiveResult;
}

/** A module of any kind, as the registry holds it. */
export type AnyModule = Module<never, unknown> | Action<never> | Directive<never>;
