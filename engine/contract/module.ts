import type { TSchema } from 'typebox';
import type { Blob, Change, Undo } from './change.ts';
import type { Key } from './fact.ts';
import type { Answered, Probe } from './probe.ts';
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
  /**
   * Where it only looks: at what. Check mode does not run it where an earlier step that was not made would change that
   * ('*': anything). Where this is absent it runs, and a failure may be for want of such a step.
   */
  readonly about?: readonly Key[] | '*';
  /** May be repeated after a cut. */
  readonly again?: 'safe';
  /** The connection is expected to end; the engine waits for the host to be back. Its register gets `elapsed`. */
  readonly reconnect?: Reconnect;
  /**
   * The script is run over new connections of their own, as another user, and is not journalled; `result` is told what
   * came of each. In check mode nobody logs in.
   */
  readonly login?: Login;
  result(outcome: Outcome, attempts?: readonly LoginAttempt[]): ActionResult;
}

/** How the engine logs in as another user: with this password or this key, and nothing else. */
export interface Login {
  /** Left out: as the engine itself logs in, with all that the inventory gives it. */
  readonly user?: string;
  readonly password?: Secret;
  /** A path on the controller. */
  readonly privateKeyFile?: string;
  readonly passphrase?: Secret;
  /** Seconds that one attempt may take, from the first packet until the script has ended. */
  readonly timeout: number;
  /** How often, one after the other. */
  readonly attempts: number;
  /** Seconds between two of them. */
  readonly pause?: number;
}

/** What came of one attempt to log in. */
export type LoginAttempt =
  /** The script has ended. */
  | { readonly came: 'in'; readonly seconds: number; readonly outcome: Outcome }
  /** The host asked for a proof and did not take this one. */
  | { readonly came: 'refused'; readonly seconds: number; readonly why: string }
  /** There was no answer to tell: no way to the host, no time left, no shell behind the login. */
  | { readonly came: 'nowhere'; readonly seconds: number; readonly why: string };

/** How the engine comes back to a host: it logs in anew until `ready` holds, and stays so. */
export interface Reconnect {
  /** Seconds before the first attempt. */
  readonly delay: number;
  /** Seconds after which the host is given up. */
  readonly timeout: number;
  /** Seconds between two attempts. */
  readonly pause: number;
  /** Seconds that one attempt may take, where the connection's own limits are not to count. */
  readonly connectTimeout?: number;
  /** Seconds for which it must stay ready. */
  readonly stable: number;
  /** Only looks; asked before the script is sent (unless the action is `offline`) and in every attempt. */
  readonly probe: Script;
  /** True, or what is still missing. `before` is undefined where the host was not asked. */
  ready(now: Answered, before: Answered | undefined): true | string;
  /** What came of it once it is ready: more for its register, and why the action has failed all the same. */
  became?(now: Answered): { readonly failed?: string; readonly values: Record<string, unknown> };
}

/** A file that an action leaves on the controller; the engine writes it where its content differs. */
export interface Kept {
  /** Absolute; its folders are made. */
  readonly path: string;
  readonly bytes: Buffer | Pieces;
}

/** Content that is too long for one answer. The engine asks for it a piece at a time, and not at all where the file is so already. */
export interface Pieces {
  /** Of all of it, in bytes. */
  readonly size: number;
  /** Of all of it; null where the host could not reckon it. */
  readonly sha256: string | null;
  readonly count: number;
  /** Prints the n-th piece, from 0. */
  script(index: number): Script;
  /** Said where what came is not what was told at first. */
  readonly moved: string;
}

export interface ActionResult {
  readonly changed: boolean;
  /** Why it failed; absent where it did not. */
  readonly failed?: string;
  /** What `register` holds. */
  readonly values: Record<string, unknown>;
  /** Changed is then whether the controller's file differed; in check mode nothing is written. */
  readonly keeps?: Kept;
  /** What is shown of it; what the script wrote to its standard output where absent. */
  readonly output?: string;
}

/** The host that an action is for. */
export interface About {
  /** Its name in the inventory. */
  readonly host: string;
}

/** Something that is done, not a state that is kept: `command`, `wait_for`. */
export interface Action<Args> extends Described {
  readonly kind: 'action';
  /** Says why there is nothing to do (`creates`, `unless`), or null to run. */
  guard?(args: Args): Probe<string | null>;
  /** It only looks: runs in check mode too. */
  reads(args: Args): boolean;
  /** What check mode says of it where it would run: a line for the user, or null where it is not needed. */
  foretell?(args: Args): Probe<string | null>;
  /**
   * Needs no connection to begin with: nothing is asked ahead, and the host may be down (`wait_for_connection`).
   * Its `reconnect` comes first; the script is sent once the host is there.
   */
  readonly offline?: true;
  run(args: Args, about: About): Run;
}

/** An expression that the engine has evaluated for a directive. */
export interface Evaluated {
  readonly source: string;
  readonly value: unknown;
}

/** What the engine waits for on the controller; the host's connection is kept, its fork is given back. `delta` of the register says how long. */
export type Wait =
  | { readonly seconds: number }
  | {
      /** Asked of the person at the terminal, once for all hosts; the answer is `user_input` of the register. Without a terminal it is an error. */
      readonly prompt: string;
      /** Whether the answer is shown while it is typed; one that is not is a secret. */
      readonly echo?: boolean;
    };

export interface DirectiveResult {
  readonly waits?: Wait;
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
