import { FettleError } from '../errors.ts';
import type { RunRecord } from '../journal/run_record.ts';
import type { Event } from '../run/events.ts';
import type { Secret } from '../shell/secret.ts';
import { growingMask } from './growing_mask.ts';
import { maskEvent } from './mask_event.ts';
import type { Reporter } from './reporters.ts';

/** Where a run's events go: its record and its reports, secrets masked in all of them. */
export class Outlet {
  readonly #record: RunRecord | undefined;
  readonly #reporters: readonly Reporter[];
  readonly #mask: (text: string) => string;

  constructor(reporters: readonly Reporter[], secrets: ReadonlySet<Secret>, record?: RunRecord) {
    this.#record = record;
    this.#reporters = reporters;
    this.#mask = growingMask(secrets);
  }

  emit(event: Event): void {
    const masked = maskEvent(event, this.#mask);
    this.#record?.append(JSON.stringify(masked));
    for (const reporter of this.#reporters) reporter.take(masked);
  }

  async close(): Promise<void> {
    try {
      this.#record?.close();
    } catch (error) {
      // The hosts' own journals are whole; what the hosts came to is still to be shown.
      if (!(error instanceof FettleError)) throw error;
      process.stderr.write(`fettle: ${error.message}: ${error.detail}\n`);
    }
    for (const reporter of this.#reporters) await reporter.close();
  }
}
