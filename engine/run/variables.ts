import { FettleError, type Position } from '../errors.ts';
import type { Reference, Scope, ValueTemplate } from '../template/template.ts';

/**
 * The ladder of a host's variables, lowest first: defaults of roles, inventory, play (`vars`, then `vars_files`), a
 * task's own `vars` with those of its blocks and role, registers and `set_fact`, loop variables, extra variables.
 * Values are rendered when they are first asked for.
 */
export interface Layers {
  readonly inventory: ReadonlyMap<string, ValueTemplate>;
  /** The play's `vars`. */
  readonly play: Readonly<Record<string, ValueTemplate>>;
  /** Defaults of the play's roles. */
  readonly defaults?: Readonly<Record<string, ValueTemplate>>;
  /** Those `vars_files` that are chosen for each host. */
  files?: Readonly<Record<string, ValueTemplate>>;
  readonly extra: ReadonlyMap<string, ValueTemplate>;
  /** Registers and set_fact, by name; they change as the host goes on. */
  readonly registers: Map<string, unknown>;
  /** inventory_hostname and its like. */
  readonly magic: ReadonlyMap<string, () => unknown>;
}

/** A task's own layers. */
export interface OwnLayers {
  readonly vars: Readonly<Record<string, ValueTemplate>>;
  readonly defaults?: Readonly<Record<string, ValueTemplate>>;
  /** Its loop's variables and those of the includes around it. */
  readonly values?: ReadonlyMap<string, unknown>;
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
    const { inventory, play, files = {}, defaults = {}, extra, registers, magic } = this.#layers;
    const { vars, values, defaults: ownDefaults = {} } = this.#own;
    const own = magic.get(name);
    // A role's name and path stand among the values of its tasks.
    if (own && !values?.has(name)) return { value: own };
    const extraTemplate = extra.get(name);
    if (extraTemplate) return { template: extraTemplate };
    if (values?.has(name)) return { value: () => values.get(name) };
    if (registers.has(name)) return { value: () => registers.get(name) };
    const template =
      property(vars, name) ??
      property(files, name) ??
      property(play, name) ??
      inventory.get(name) ??
      property(ownDefaults, name) ??
      property(defaults, name);
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

/** A host's variables as properties that are rendered when they are read. */
export function variablesOf(layers: Layers): object {
  const scope = new HostScope(layers);
  const all = {};
  const names = [
    ...layers.inventory.keys(),
    ...Object.keys(layers.play),
    ...Object.keys(layers.files ?? {}),
    ...Object.keys(layers.defaults ?? {}),
    ...layers.registers.keys(),
    ...layers.extra.keys(),
    ...layers.magic.keys(),
  ];
  for (const name of names.filter((one) => one !== 'hostvars')) {
    Object.defineProperty(all, name, { enumerable: true, configurable: true, get: () => scope.get(name) });
  }
  return all;
}
