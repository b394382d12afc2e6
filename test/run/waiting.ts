import { vi } from 'vitest';
import { Forks } from '../../engine/run/forks.ts';
import { Meeting } from '../../engine/run/meeting.ts';
import { Once, type OnceTask } from '../../engine/run/once.ts';
import type { Place } from '../../engine/run/place.ts';
import { Throttles } from '../../engine/run/throttles.ts';

type Method = (...words: never[]) => unknown;

/** Knows where each host is and what is waited for, so that a deadlock can be told. */
export class Waiting {
  readonly #at = new Map<string, string>();
  readonly #waits = new Map<symbol, string>();

  constructor() {
    const reach: Method = (host: string, place: Place) => void this.#at.set(host, place.join('.'));
    around(Meeting.prototype, 'reach', (words, act) => {
      reach(...(words as never[]));
      return act();
    });
    this.#watch(Meeting.prototype, 'met', (place: Place) => `all others at ${place.join('.')}`);
    this.#watch(Once.prototype, 'turn', ({ key }: OnceTask, host: string) => `the turn of ${host} at ${key}`);
    this.#watch(Forks.prototype, 'take', () => 'a fork');
    this.#watch(Throttles.prototype, 'within', (name: string) => `a place at ${name}, or what is done there`);
  }

  /** Each host's place, and all that is waited for. */
  describe(): string {
    const places = [...this.#at].map(([host, place]) => `${host} is at ${place}`);
    return [...places, ...[...this.#waits.values()].map((what) => `somebody waits for ${what}`)].join('\n');
  }

  /** Begins anew: what has been waited for in vain is of no interest any more. */
  forget(): void {
    this.#at.clear();
    this.#waits.clear();
  }

  #watch(owner: object, name: string, describe: Method): void {
    around(owner, name, async (words, act) => {
      const wait = Symbol(name);
      this.#waits.set(wait, String(describe(...(words as never[]))));
      try {
        return await act();
      } finally {
        this.#waits.delete(wait);
      }
    });
  }
}

function around(
  owner: object,
  name: string,
  call: (words: readonly unknown[], act: () => unknown) => unknown,
): void {
  const original = Reflect.get(owner, name) as Method;
  vi.spyOn(owner as Record<string, Method>, name).mockImplementation(function (this: unknown, ...words) {
    return call(words, () => original.apply(this, words));
  });
}
