import { inspect } from 'node:util';

const mask = '********';

/** A value that must not be seen: shown masked, and throws where it would turn into a plain string. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for standard input or a staged file; never for a command line or a message. */
  reveal(): string {
    return this.#value;
  }

  /** A secret made of parts of which at least one is secret. */
  static join(parts: readonly (string | Secret)[]): Secret {
    return new Secret(parts.map((part) => (part instanceof Secret ? part.#value : part)).join(''));
  }

  toString(): never {
    throw new TypeError('A secret was about to become plain text');
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError('A secret was about to become plain text');
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
