import { sh, type Script } from '../shell/script.ts';
import type { Secret } from '../shell/secret.ts';
import type { Key, Question } from './fact.ts';

/** How a change is taken back: a script that runs with `$FETTLE_SAVE`, or why there is none. */
export type Undo = Script | { readonly impossible: string };

/** Bytes that travel beside a script: staged on the host by the engine, any size. */
export type Blob =
  | { readonly kind: 'bytes'; readonly bytes: Buffer | Secret }
  | { readonly kind: 'file'; readonly path: string; readonly size: number };

/** What a later question will be told once a change is made; lets check mode plan on top of it. */
export interface Prediction<Subject = unknown, Answer = unknown> extends Question<Subject, Answer> {
  readonly answer: Answer;
}

/** One step from what is there to what is wanted. */
export interface Change {
  /** One line, with the old and the new: "relabel /etc/x: etc_t → bin_t". */
  readonly what: string;
  /** Text before and after; null where there is nothing. A Secret is shown masked. `file` is the one that has it as its content. */
  readonly diff: {
    readonly before: string | Secret | null;
    readonly after: string | Secret | null;
    readonly file?: string | undefined;
  };
  /** What a later probe may see differently; '*' is anything. */
  readonly touches: readonly Key[] | '*';
  /**
   * More comes and goes with it than can be named (the files, units and users of a package): after it a run asks everything
   * anew, and a check says of all later tasks that they assume it changes nothing there.
   */
  readonly opaque?: true;
  /** The engine copies these paths, all attributes kept, to `$FETTLE_SAVE/0`, `/1`, … before the change. */
  readonly saves?: readonly string[];
  /** Staged by the engine; the script names them by `sent(0)`, `sent(1)`, …. */
  readonly sends?: readonly Blob[];
  readonly apply: Script;
  readonly undo: Undo;
  /** Answers that are certain after the change. What it touches and does not predict is not known before it is made. */
  readonly predicts?: readonly Prediction[];
}

/** A change with the digest of the answers it was planned from. */
export interface StampedChange extends Change {
  readonly digest: string;
}

/** The path of the n-th of a change's `sends`, within its apply script. */
export function sent(index: number): Script {
  return sh`"$FETTLE_IN"${index}`;
}

/** The path of the n-th of a change's `saves`, within its undo script. */
export function saved(index: number): Script {
  return sh`"$FETTLE_SAVE"/${index}`;
}

/**
 * A file beside a change's `saves` in which its apply script notes what only shows while it is made (the packages that
 * came along), for its undo script. Apply makes the folder first: `mkdir -p "$FETTLE_SAVE"`.
 */
export function noted(name: string): Script {
  return sh`"$FETTLE_SAVE"/${name}`;
}

/** A prediction with the types of its fact. */
export function predict<Subject, Answer>(question: Question<Subject, Answer>, answer: Answer): Prediction {
  return { ...question, answer } as Prediction;
}

/**
 * Thrown by `plan` where the wanted state cannot be reached from what is there.
 * `missing` names what an earlier change may still bring (the parent directory, the unit, the user):
 * in check mode, with a change pending, the task is then "known only after" that step.
 */
export class CannotPlan extends Error {
  readonly missing: Key | undefined;
  readonly next: string | undefined;

  constructor(why: string, parts: { readonly missing?: Key; readonly next?: string } = {}) {
    super(why);
    this.name = 'CannotPlan';
    this.missing = parts.missing;
    this.next = parts.next;
  }
}
