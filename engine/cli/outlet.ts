import type { RunRecord } from '../journal/run_record.ts';
import type { Event } from '../run/events.ts';
import { masker } from '../shell/mask.ts';
import type { Secret } from '../shell/secret.ts';
import type { HostOptions } from './options.ts';
import { reportersOf, type Reporter } from './reporters.ts';

/** Where a run's events go: its record and its reports, secrets masked in all of them. */
export class Outlet {
  readonly #record: RunRecord | undefined;
  readonly #reporters: readonly Reporter[];
  readonly #secrets: ReadonlySet<Secret>;
  #mask: (text: string) => string = (text) => text;
  #known = 0;

  constructor(
    options: Pick<HostOptions, 'output' | 'diff' | 'verbose'>,
    secrets: ReadonlySet<Secret>,
    record?: RunRecord,
  ) {
    this.#record = record;
    this.#secrets = secrets;
    this.#reporters = reportersOf(options.output, {
      diff: options.diff === true,
      verbosity: options.verbose,
    });
  }

  emit(event: Event): void {
    const text = JSON.stringify(event);
    const masked = this.#masked(text);
    this.#record?.append(masked);
    const shown = masked === text ? event : (JSON.parse(masked) as Event);
    for (const reporter of this.#reporters) reporter.take(shown);
  }

  async close(): Promise<void> {
    this.#record?.close();
    for (const reporter of this.#reporters) await reporter.close();
  }

  /** Passwords become known as hosts are reached. */
  #masked(text: string): string {
    if (this.#secrets.size !== this.#known) {
      this.#known = this.#secrets.size;
      this.#mask = masker(this.#secrets);
    }
    return this.#mask(text);
  }
}
