import { FettleError, type Position } from '../errors.ts';
import { Secret } from '../shell/secret.ts';

/** A host's variable by its name, templates rendered; undefined where there is none. */
export type HostVariables = (name: string) => unknown;

/** Where a host's variable was written, for messages. */
export type VariablePlaces = (name: string) => Position | undefined;

/**
 * Reads the variables that say how to reach a host. Where Ansible has several names for one thing,
 * the last of `names` that is set wins, as it does there.
 */
export class ConnectionValues {
  readonly #host: string;
  readonly #variables: HostVariables;
  readonly #places: VariablePlaces;

  constructor(host: string, variables: HostVariables, places: VariablePlaces = () => undefined) {
    this.#host = host;
    this.#variables = variables;
    this.#places = places;
  }

  /** A text, which must not be secret. */
  text(...names: readonly string[]): string | undefined {
    const [name, value] = this.#last(names);
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw this.wrong(name, value instanceof Secret ? 'must not be secret' : 'must be text');
  }

  /** A password or passphrase. */
  secret(...names: readonly string[]): Secret | undefined {
    const [name, value] = this.#last(names);
    if (value === undefined || value instanceof Secret) return value;
    if (typeof value === 'string') return new Secret(value);
    throw this.wrong(name, 'must be text', 'Put it in quotes, so that no digit is lost.');
  }

  /** A number from `least` to `most`. */
  number(least: number, most: number, ...names: readonly string[]): number | undefined {
    const [name, value] = this.#last(names);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
    if (typeof number === 'number' && number >= least && number <= most) return number;
    throw this.wrong(name, `must be a number from ${least} to ${most}`);
  }

  /** A boolean in any of Ansible's spellings. */
  boolean(...names: readonly string[]): boolean | undefined {
    const [name, value] = this.#last(names);
    if (value === undefined) return undefined;
    const word = value instanceof Secret ? '' : String(value).toLowerCase();
    if (/^(?:y|yes|on|1|true|t)$/.test(word)) return true;
    if (/^(?:n|no|off|0|false|f)$/.test(word)) return false;
    throw this.wrong(name, 'must be true or false');
  }

  /** Says that a variable cannot be used. */
  wrong(name: string, summary: string, next = 'Correct it in the inventory.'): FettleError {
    const value = this.#variables(name);
    const shown =
      value instanceof Secret || /pass/.test(name) ? undefined : `It is ${JSON.stringify(value)}.`;
    return new FettleError('inventory', {
      summary: `${name} of ${this.#host} ${summary}`,
      detail: shown,
      next,
      position: this.#places(name),
    });
  }

  #last(names: readonly string[]): readonly [string, unknown] {
    const set = names.filter((name) => !isEmpty(this.#variables(name)));
    const name = set.at(-1) ?? names[0] ?? '';
    return [name, set.length === 0 ? undefined : this.#variables(name)];
  }
}

/** Leaves out what is undefined, for types whose members are optional. */
export function present<Parts extends object>(
  parts: {
    [Name in keyof Parts]-?: Parts[Name] | undefined;
  },
): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Parts;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
