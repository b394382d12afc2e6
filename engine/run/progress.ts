import type { PlayState } from './play_state.ts';
import type { Host } from './host.ts';
import { hidden } from './outcome.ts';
import type { Unit } from './unit.ts';

const lastTold = new WeakMap<Host, number>();
const mostSeconds = 10;

/**
 * Tells how something goes on that takes its time: at most once a second a host, and the more rarely the longer it
 * lasts, so that a thousand hosts that reboot do not fill the record.
 */
export class Progress {
  readonly #state: PlayState;
  readonly #unit: Unit;
  readonly #limit: number | undefined;
  readonly #since = performance.now();

  constructor(state: PlayState, unit: Unit, limit?: number) {
    this.#state = state;
    this.#unit = unit;
    this.#limit = limit;
  }

  /** How long it has lasted. */
  get seconds(): number {
    return (performance.now() - this.#since) / 1000;
  }

  tell(why: string, attempt?: number): void {
    const { host, context } = this.#state;
    const { task } = this.#unit.work;
    const now = performance.now();
    const gap = Math.min(mostSeconds, Math.max(1, this.seconds / 20));
    if (now - (lastTold.get(host) ?? -Infinity) < gap * 1000) return;
    lastTold.set(host, now);
    context.emit({
      event: 'waiting',
      host: host.name,
      task: task.module.name,
      why: task.noLog === true ? hidden : why,
      seconds: Math.floor(this.seconds),
      ...(this.#limit === undefined ? {} : { limit: this.#limit }),
      ...(attempt === undefined ? {} : { attempt }),
    });
  }
}
