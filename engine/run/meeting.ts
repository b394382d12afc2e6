/**
 * Lets a host wait until all others of its play are as far as it is, or are done.
 * A play's tasks have one order, so hosts cannot wait for each other in a circle.
 */
export class Meeting {
  readonly #reached = new Map<string, number>();
  #waiting: { readonly index: number; readonly resolve: () => void }[] = [];

  constructor(hosts: readonly string[]) {
    // Before its first task a host has nothing that others could wait for.
    for (const host of hosts) this.#reached.set(host, 0);
  }

  /** Says that a host is at task `index`, all before it done. */
  reach(host: string, index: number): void {
    this.#reached.set(host, index);
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter((wait) => this.#allAt(wait.index));
    this.#waiting = this.#waiting.filter((wait) => !ready.includes(wait));
    for (const wait of ready) wait.resolve();
  }

  /** Says that a host goes no further in this play. */
  leave(host: string): void {
    this.reach(host, Number.POSITIVE_INFINITY);
  }

  /** Whether every host is at `index` or beyond. */
  isMet(index: number): boolean {
    return this.#allAt(index);
  }

  /** Resolves when every host is at `index` or beyond. */
  async met(index: number): Promise<void> {
    if (this.#allAt(index)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ index, resolve }));
  }

  #allAt(index: number): boolean {
    for (const reached of this.#reached.values()) if (reached < index) return false;
    return true;
  }
}
