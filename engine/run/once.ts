import { Meeting } from './meeting.ts';
import { compare, type Place } from './place.ts';
import type { Failure } from './works.ts';

/** A task that runs once: all that know it by one key at one place of the play take one result. */
export interface OnceTask {
  readonly key: string;
  readonly place: Place;
}

/** What came of a task that runs once. */
export interface OnceResult {
  readonly host: string;
  /** What it made, by name. */
  readonly registers: ReadonlyMap<string, unknown>;
  /** Check mode: the names that only the unmade step would give, and that step. */
  readonly unmade: ReadonlyMap<string, number>;
  readonly failure?: Failure;
}

/** What a host is to do at a task that runs once; without a result it was for none of them. */
export type Turn =
  | { readonly kind: 'run' }
  | { readonly kind: 'done'; readonly result: OnceResult | undefined };

/**
 * Lets the first host for which a task's `when` holds run it, in the order of the inventory; the others take its
 * result. Hosts that are beyond it without having come to it, or end before, step aside.
 */
export class Once {
  #batch: readonly string[] = [];
  #meeting = new Meeting([]);
  readonly #tasks = new Map<string, Standing>();

  /** The hosts that are under way, and how far they are; what earlier ones did stays. */
  open(batch: readonly string[], meeting: Meeting): void {
    this.#batch = batch;
    this.#meeting = meeting;
  }

  /** Whether a host is the first in line for a task to come. */
  isNext(host: string, place: Place): boolean {
    return this.#batch.find((name) => !this.#meeting.isPast(name, place)) === host;
  }

  /** Resolves with the host's part; one that is to run must call `finish` or `pass`, or go on. */
  async turn(task: OnceTask, host: string): Promise<Turn> {
    const at = this.#standing(task);
    for (;;) {
      if (at.result) return { kind: 'done', result: at.result };
      const next = this.#next(at);
      if (next === host) return { kind: 'run' };
      if (next === undefined) return { kind: 'done', result: undefined };
      at.awaited = next;
      await new Promise<void>((resolve) => at.waiting.push(resolve));
    }
  }

  /** The task is not for this host. */
  pass(task: OnceTask, host: string): void {
    const at = this.#standing(task);
    at.passed.add(host);
    wake(at);
  }

  finish(task: OnceTask, result: OnceResult): void {
    const at = this.#standing(task);
    at.result = result;
    wake(at);
  }

  /** A host has come to a place: whoever waits for it at one before need not any more. */
  moved(host: string, place: Place): void {
    for (const at of this.#tasks.values())
      if (at.waiting.length > 0 && at.awaited === host && compare(place, at.place) > 0) wake(at);
  }

  #next({ passed, place }: Standing): string | undefined {
    return this.#batch.find((name) => !passed.has(name) && !this.#meeting.isPast(name, place));
  }

  #standing({ key, place }: OnceTask): Standing {
    let at = this.#tasks.get(key);
    if (!at) {
      at = { place, passed: new Set(), waiting: [], awaited: undefined, result: undefined };
      this.#tasks.set(key, at);
    }
    return at;
  }
}

/** How a task that runs once stands. */
interface Standing {
  readonly place: Place;
  readonly passed: Set<string>;
  waiting: (() => void)[];
  /** Whom those that wait are waiting for. */
  awaited: string | undefined;
  result: OnceResult | undefined;
}

function wake(at: Standing): void {
  const waiting = at.waiting;
  at.waiting = [];
  for (const resolve of waiting) resolve();
}
