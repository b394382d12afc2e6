import { compare, type Place } from './place.ts';

/**
 * Lets a host wait until all others of its batch are as far as it is, or are done.
 * A play's works have one order, so hosts cannot wait for each other in a circle.
 */
export class Meeting {
  readonly #reached = new Map<string, Place>();
  #waiting: { readonly place: Place; readonly resolve: () => void }[] = [];

  constructor(hosts: readonly string[]) {
    // Before its first task a host has nothing that others could wait for.
    for (const host of hosts) this.#reached.set(host, []);
  }

  /** Says that a host is at a place, all before it done. */
  reach(host: string, place: Place): void {
    this.#reached.set(host, place);
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter((wait) => this.isMet(wait.place));
    this.#waiting = this.#waiting.filter((wait) => !ready.includes(wait));
    for (const wait of ready) wait.resolve();
  }

  /** Whether every host is at a place or beyond. */
  isMet(place: Place): boolean {
    for (const reached of this.#reached.values()) if (compare(reached, place) < 0) return false;
    return true;
  }

  /** Whether a host is beyond a place and comes to it no more. */
  isPast(host: string, place: Place): boolean {
    const reached = this.#reached.get(host);
    return reached !== undefined && compare(reached, place) > 0;
  }

  /** Resolves when every host is at a place or beyond. */
  async met(place: Place): Promise<void> {
    if (this.isMet(place)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ place, resolve }));
  }
}
