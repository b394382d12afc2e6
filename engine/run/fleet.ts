import type { Play } from '../load/playbook.ts';
import type { ValueTemplate } from '../template/template.ts';
import { Host } from './host.ts';
import type { Delegate } from './play_parts.ts';
import { Throttles } from './throttles.ts';
import { turn } from './turns.ts';
import { HostScope, type Layers } from './variables.ts';

/** The hosts of a run, and those that tasks are delegated to. */
export class Fleet {
  readonly #inventoryOf: (host: string) => ReadonlyMap<string, ValueTemplate>;
  readonly #selected = new Map<string, Host>();
  /** Hosts that are only spoken of: their variables may be asked. */
  readonly #others = new Map<string, Host>();
  /** A delegate has connections of its own, beside those of its own way through the run. */
  readonly #delegates = new Map<string, Host>();
  readonly #alone = new Throttles();

  constructor(
    plays: readonly Play[],
    hostsOf: (play: Play) => readonly string[],
    inventoryOf: (host: string) => ReadonlyMap<string, ValueTemplate>,
  ) {
    this.#inventoryOf = inventoryOf;
    for (const name of plays.flatMap(hostsOf))
      if (!this.#selected.has(name)) this.#selected.set(name, this.#make(name));
  }

  /** Every selected host, in the order of the plays. */
  get selected(): readonly Host[] {
    return [...this.#selected.values()];
  }

  get names(): Iterable<string> {
    return this.#selected.keys();
  }

  host(name: string): Host {
    const known = this.#selected.get(name) ?? this.#others.get(name) ?? this.#make(name);
    if (!this.#selected.has(name)) this.#others.set(name, known);
    return known;
  }

  /** A host to delegate to, with the variables that it has in a play. */
  delegate(name: string, layers: Layers): Delegate {
    let host = this.#delegates.get(name);
    if (!host) this.#delegates.set(name, (host = this.#make(name)));
    return {
      host,
      itself: this.#selected.get(name),
      variables: (variable) => new HostScope(layers).get(variable),
      alone: (act) => this.#alone.within(name, 1, act),
    };
  }

  /** Closes all connections. */
  async leave(): Promise<void> {
    const all = [...this.#selected.values(), ...this.#delegates.values()];
    await Promise.all(all.map((host) => turn().then(() => host.disconnect())));
  }

  #make(name: string): Host {
    return new Host(name, this.#inventoryOf(name));
  }
}
