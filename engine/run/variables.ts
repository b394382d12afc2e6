import { FettleError, type Position } from '../errors.ts';
import type { Reference, Scope, ValueTemplate } from '../template/template.ts';

/**
 * The ladder of a host's variables, lowest first:
 * inventory, play, registers and `set_fact`, extra variables; a task's own `vars` and its loop item stand above
 * play and below registers. Values are rendered when they are first asked for.
 */
export interface Layers {
  readonly inventory: ReadonlyMap<string, ValueTemplate>;
  readonly play: Readonly<Record<string, ValueTemplate>>;
  readonly extra: ReadonlyMap<string, ValueTemplate>;
  /** Registers and set_fact, by name; they change as the host goes on. */
  readonly registers: Map<string, unknown>;
  /** inventory_hostname and its like. */
  readonly magic: ReadonlyMap<string, () => unknown>;
}

/** A task's own layers: its `vars`, its loop item. */
export interface OwnLayers {
  readonly vars: Readonly<Record<string, ValueTemplate>>;
  readonly loop?: { readonly name: string; readonly value: unknown };
}

const none: OwnLayers = { vars: {} };

/** Where a name's value comes from, or undefined where there is none. */
type Found = { readonly value: () => unknown } | { readonly template: ValueTemplate };

/** The variables of one host as one task sees them. */
export class HostScope implements Scope {
  readonly #layers: Layers;
  readonly #own: OwnLayers;
  readonly #rendered = new Map<string, unknown>();
  readonly #rendering: string[] = [];

  constructor(layers: Layers, own: OwnLayers = none) {
    this.#layers = layers;
    this.#own = own;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  get(name: string): unknown {
    if (this.#rendered.has(name)) return this.#rendered.get(name);
    const found = this.#find(name);
    if (!found) return undefined;
    if ('value' in found) return found.value();
    if (this.#rendering.includes(name)) throw cycle([...this.#rendering, name], found.template.at);
    this.#rendering.push(name);
    try {
      const value = found.template.render(this);
      this.#rendered.set(name, value);
      return value;
    } finally {
      this.#rendering.pop();
    }
  }

  /** The names that a text depends on in the end: variables made of other variables are followed. */
  roots(references: readonly Reference[]): readonly Reference[] {
    const found: Reference[] = [];
    const seen = new Set<string>();
    const follow = (reference: Reference): void => {
      const place = this.#find(reference.root);
      if (!place || 'value' in place) {
        found.push(reference);
        return;
      }
      if (seen.has(reference.root)) return;
      seen.add(reference.root);
      place.template.references.forEach(follow);
    };
    references.forEach(follow);
    return found;
  }

  #find(name: string): Found | undefined {
    const { inventory, play, extra, registers, magic } = this.#layers;
    const { vars, loop } = this.#own;
    const own = magic.get(name);
    if (own) return { value: own };
    const extraTemplate = extra.get(name);
    if (extraTemplate) return { template: extraTemplate };
    if (loop && loop.name === name) return { value: () => loop.value };
    if (registers.has(name)) return { value: () => registers.get(name) };
    const template = property(vars, name) ?? property(play, name) ?? inventory.get(name);
    return template && { template };
  }
}

function property(map: Readonly<Record<string, ValueTemplate>>, name: string): ValueTemplate | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function cycle(names: readonly string[], at: Position): FettleError {
  return new FettleError('playbook', {
    summary: `the variable ${names[0]} is made of itself`,
    detail: names.join(' → '),
    next: 'give one of them a value that does not name the others',
    position: at,
  });
}
