import { Listr, type ListrTaskWrapper, type DefaultRenderer, type SimpleRenderer } from 'listr2';
import type { Event, TaskEnded } from '../run/events.ts';
import { visible } from './visible.ts';

const mostAttention = 15;
const redrawMilliseconds = 100;

type Row = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

/**
 * One moving row a play on a terminal: how far its hosts are, and below it those that need attention.
 * The hosts themselves are counted here and are no rows of listr2, whose drawing is quadratic in rows.
 */
export class PlayRow {
  readonly #hosts: number;
  readonly #play: string;
  readonly #tasks = new Map<string, number>();
  readonly #changed = new Set<string>();
  readonly #attention = new Map<string, string>();
  #row: Row | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #done: Promise<void>;
  #finish: () => void = () => undefined;

  constructor(play: string, hosts: number) {
    this.#play = play;
    this.#hosts = hosts;
    const over = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    const list = new Listr(
      [
        {
          title: this.#title(),
          task: async (_context: unknown, row: Row) => {
            this.#row = row;
            await over;
          },
          rendererOptions: { outputBar: mostAttention },
        },
      ],
      { registerSignalListeners: false, rendererOptions: { lazy: false } },
    );
    this.#done = list.run().then(() => undefined);
  }

  take(event: Event): void {
    if (event.event !== 'task_ended') return;
    this.#tasks.set(event.host, event.step);
    if (event.status === 'changed') this.#changed.add(event.host);
    if (event.status === 'failed' || event.status === 'unreachable')
      this.#attention.set(event.host, sentence(event));
    this.#timer ??= setTimeout(() => this.#draw(), redrawMilliseconds);
  }

  /** Leaves the last state on the screen. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#draw();
    this.#row = undefined;
    this.#finish();
    await this.#done;
  }

  #draw(): void {
    this.#timer = undefined;
    if (!this.#row) return;
    this.#row.title = this.#title();
    const rows = [...this.#attention].map(([host, text]) => `${host}  ${text}`);
    const more = rows.length - mostAttention;
    if (rows.length > 0)
      this.#row.output = [
        ...rows.slice(0, mostAttention - 1),
        ...(more >= 0 ? [`and ${more + 1} more`] : []),
      ].join('\n');
  }

  #title(): string {
    const trouble = this.#attention.size === 0 ? '' : `, ${this.#attention.size} in trouble`;
    return `PLAY ${visible(this.#play)}  ${this.#tasks.size}/${this.#hosts} hosts at work or done, ${this.#changed.size} changed${trouble}`;
  }
}

function sentence(event: TaskEnded): string {
  return `${event.status}: ${visible(event.task)}${event.message === undefined ? '' : ` (${visible(event.message)})`}`.replaceAll(
    '\n',
    ' ',
  );
}
