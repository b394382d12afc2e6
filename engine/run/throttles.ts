import { Forks } from './forks.ts';

/** Places by name: a throttled task has as many as it says, a delegate one. */
export class Throttles {
  readonly #places = new Map<string, Forks>();

  /** Acts when there is a place. */
  async within<Value>(name: string, limit: number, act: () => Promise<Value>): Promise<Value> {
    let places = this.#places.get(name);
    if (!places) this.#places.set(name, (places = new Forks(limit)));
    await places.take();
    try {
      return await act();
    } finally {
      places.give();
    }
  }
}
