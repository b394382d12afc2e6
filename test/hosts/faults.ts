/** Something that goes wrong on an embedded host on purpose; `after` counts bytes of output since it was set. */
export type Fault =
  | { readonly kind: 'refuse-key' }
  | { readonly kind: 'hang-at-exec' }
  | { readonly kind: 'hang'; readonly after: number }
  | { readonly kind: 'drop'; readonly after: number }
  | { readonly kind: 'kill-shell'; readonly after: number };

/** What happens to a piece of output: how much of it passes, and what befalls the host then. */
export interface Passage {
  readonly bytes: Buffer;
  readonly then: 'go-on' | 'hang' | 'drop' | 'kill-shell';
}

/** The faults of one host: set and healed at any moment, also while a command runs. */
export class FaultSwitch {
  #fault: Fault | null = null;
  #passed = 0;

  set(fault: Fault | null): void {
    this.#fault = fault;
    this.#passed = 0;
  }

  is(kind: Fault['kind']): boolean {
    return this.#fault?.kind === kind;
  }

  /** Lets output through up to the point where the fault strikes. */
  pass(bytes: Buffer): Passage {
    const fault = this.#fault;
    if (fault === null || !('after' in fault)) return { bytes, then: 'go-on' };
    const left = Math.max(0, fault.after - this.#passed);
    this.#passed += bytes.length;
    if (bytes.length < left) return { bytes, then: 'go-on' };
    return { bytes: bytes.subarray(0, left), then: fault.kind };
  }
}
