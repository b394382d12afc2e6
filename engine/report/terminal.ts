import { Listr, Spinner, type ListrTaskWrapper, type DefaultRenderer, type SimpleRenderer } from 'listr2';
import { columnsOf } from '../error_text.ts';
import type { Event, TaskEnded } from '../run/events.ts';
import { count, waitingText } from './lines.ts';
import { Progress } from './progress.ts';
import { visible, visibleName } from './visible.ts';

/** A drawing costs half a millisecond a row: the play's own, its batch, hosts that need attention, and how many more do. */
const mostRows = 12;
const redrawMilliseconds = 250;
/** What listr2 puts before and leaves behind a row, at most. */
const margin = 6;
const shortestName = 12;
const longestTask = 40;

/** How large a terminal is, in characters. */
interface Size {
  readonly columns: number;
  readonly rows: number;
}

type Row = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

/**
 * One moving row a play on a terminal: how far its hosts are, and below it the batch under way and the hosts that need
 * attention. The hosts themselves are counted here and are no rows of listr2.
 */
export class PlayRow {
  readonly #progress: Progress;
  readonly #size: () => Size;
  #row: Row | undefined;
  #notice: string | undefined;
  readonly #begun: Promise<void>;
  readonly #done: Promise<void>;
  #finish: () => void = () => undefined;

  /** `size` is the terminal's: a row that is longer would be two, and of more rows the first would be lost. */
  constructor(progress: Progress, size: () => Size) {
    this.#progress = progress;
    this.#size = size;
    const over = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    let begin: () => void = () => undefined;
    this.#begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const list = new Listr(
      [
        {
          title: this.#title(),
          task: async (_context: unknown, row: Row) => {
            this.#row = row;
            begin();
            await over;
            if (this.#progress.isInTrouble) throw new Error('hosts are in trouble');
          },
        },
      ],
      {
        // The error only draws another sign.
        exitOnError: false,
        // Signals are the command line's to take.
        registerSignalListeners: false,
        rendererOptions: {
          lazy: false,
          // A row that is wrapped would be two.
          formatOutput: 'truncate',
          showErrorMessage: false,
          spinner: new Ticks(() => this.#draw()),
        },
      },
    );
    this.#done = list.run().then(() => undefined);
  }

  /** It is seen with the next drawing. */
  take(event: Event): void {
    this.#progress.take(event);
  }

  /** Puts a line below all others; false where nothing is drawn any more. */
  notice(text: string): boolean {
    this.#notice = text;
    this.#draw();
    return this.#row !== undefined;
  }

  /** Leaves the play's own row on the screen; what was below it is told by the lines of the run. */
  async close(): Promise<void> {
    // A short play may be over before listr2 has begun.
    await this.#begun;
    if (this.#row) this.#row.title = this.#title();
    this.#row = undefined;
    this.#finish();
    await this.#done;
  }

  /** One that goes on from here, once this one is closed. */
  again(): PlayRow {
    const next = new PlayRow(this.#progress, this.#size);
    next.#notice = this.#notice;
    return next;
  }

  /** All rows are one title: each thing that listr2 is told is a drawing of its own. */
  #draw(): void {
    if (!this.#row) return;
    const notice = this.#notice === undefined ? [] : [this.#notice];
    const { columns, rows } = this.#size();
    // The title has a row, and the cursor stands below all.
    const room = Math.min(mostRows - 1, rows - 2 - notice.length);
    const below = [...rowsOf(this.#progress, room), ...notice];
    this.#row.title = [this.#title(), ...below.map((row) => fit(row, columns - margin))].join('\n');
  }

  #title(): string {
    return titleOf(this.#progress, this.#size().columns - margin);
  }
}

/** Turns and has all drawn, now and then. */
class Ticks extends Spinner {
  readonly #draw: () => void;

  constructor(draw: () => void) {
    super();
    this.#draw = draw;
  }

  override start(): void {
    super.start(this.#draw, redrawMilliseconds);
  }
}

/** How far a play is, in one line; of a name that is too long for it the beginning. */
export function titleOf({ play, hosts, begun, done, changed, attention }: Progress, width: number): string {
  const trouble = attention.size === 0 ? '' : `, ${attention.size} in trouble`;
  const far = `${done.size}/${hosts} hosts done, ${begun.size - done.size} at work, ${changed.size} changed${trouble}`;
  const name = fit(`PLAY ${visibleName(play)}`, Math.max(shortestName, width - far.length - 2));
  return fit(`${name}  ${far}`, width);
}

/** The batch under way and the hosts that need attention, at most so many lines. */
export function rowsOf({ batch, attention, waiting }: Progress, most: number): readonly string[] {
  const rows = [
    ...[...attention].map(([host, event]) => `${visibleName(host)}  ${sentence(event)}`),
    ...[...waiting].map(([host, event]) => `${visibleName(host)}  ${waitingText(event)}`),
  ];
  const head = batch ? [`batch ${batch.batch} of ${batch.of}, ${count(batch.hosts.length, 'host')}`] : [];
  const room = most - head.length;
  if (rows.length <= room) return [...head, ...rows];
  if (room < 1) return head.slice(0, Math.max(0, most));
  return [...head, ...rows.slice(0, room - 1), `and ${rows.length - room + 1} more`];
}

function sentence({ status, task, message }: TaskEnded): string {
  const why = message === undefined ? '' : ` (${visible(message)})`;
  const name = message === undefined ? visibleName(task) : fit(visibleName(task), longestTask);
  return `${status}: ${name}${why}`.replaceAll(/[\n\t]/g, ' ');
}

/** Cuts a line to so many columns. */
function fit(line: string, width: number): string {
  let cut = '';
  let columns = 0;
  for (const character of line) {
    columns += columnsOf(character);
    if (columns > width) return `${cut}…`;
    if (columns < width) cut += character;
  }
  return line;
}
