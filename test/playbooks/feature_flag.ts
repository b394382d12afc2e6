import { looksTyped } from './felix_properties.ts';

/**
 * The application of the remediation's story, which reads its flag from a configuration:
 * TRUE and FALSE in any case are understood, any other text turns the flag on, a missing one changes nothing.
 */
export class FeatureFlag {
  readonly #key: string;
  readonly #say: (level: 'INFO' | 'ERROR', text: string) => void;
  #on = false;

  constructor(key: string, say: (level: 'INFO' | 'ERROR', text: string) => void) {
    this.#key = key;
    this.#say = say;
  }

  get on(): boolean {
    return this.#on;
  }

  /** Called with the new configuration; null where its file is gone. */
  updated(properties: ReadonlyMap<string, string> | null): void {
    const value = properties?.get(this.#key);
    if (properties === null || value === undefined) {
      this.#say('INFO', 'No configuration, use default');
      return;
    }
    if (looksTyped(properties)) {
      this.#say('ERROR', 'java.lang.Boolean cannot be cast to java.lang.String, use default true');
      return;
    }
    const understood = /^(true|false)$/i.test(value);
    if (!understood) this.#say('ERROR', `Value is neither TRUE nor FALSE: "${value}"`);
    this.#on = !understood || value.toLowerCase() === 'true';
    this.#say('INFO', `Configuration updated, flag=${this.#on}`);
  }
}
