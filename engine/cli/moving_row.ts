import { writeSync } from 'node:fs';
import { setImmediate as soon } from 'node:timers/promises';
import { linesOf, type LineOptions } from '../report/lines.ts';
import { Progress } from '../report/progress.ts';
import type { PlayRow } from '../report/terminal.ts';
import type { Event } from '../run/events.ts';

/** How the lines of a run come on the screen. */
export interface Rows {
  take(event: Event): void;
  hold(): Promise<() => void>;
  notice(text: string): boolean;
  after(show: () => void): void;
  close(): Promise<void>;
}

/** Each line as soon as there is one. */
export function plain(show: (lines: readonly string[]) => void, options: LineOptions): Rows {
  return {
    take: (event) => show(linesOf(event, options)),
    hold: async () => () => undefined,
    notice: () => false,
    after: (last) => last(),
    close: async () => undefined,
  };
}

const linesAtOnce = 200;

/** While a play runs, one row moves; its lines follow when it is done, so that nothing tears the drawing. */
export function movingRow(show: (lines: readonly string[]) => void, options: LineOptions): Rows {
  let waiting: string[] = [];
  let row: PlayRow | undefined;
  let order: Promise<void> = Promise.resolve();
  const then = (act: () => Promise<void> | void): void => {
    order = order.then(act);
  };
  /** A terminal takes many lines slowly, and holds up the program meanwhile: keys and hosts are heard in between. */
  const showWaiting = async (): Promise<void> => {
    const lines = waiting;
    waiting = [];
    for (let at = 0; at < lines.length; at += linesAtOnce) {
      show(lines.slice(at, at + linesAtOnce));
      await soon();
    }
  };
  // Ended at once, in the midst of it: what draws has hidden the cursor, and what it would still write is lost.
  const onExit = (): void => {
    if (row) writeSync(process.stdout.fd, '\x1b[?25h\n');
  };
  process.on('exit', onExit);
  return {
    take: (event) => {
      if (event.event === 'play_started') {
        then(async () => {
          const { PlayRow } = await import('../report/terminal.ts');
          const progress = new Progress(event.play, event.hosts.length);
          row = new PlayRow(progress, () => ({
            columns: process.stdout.columns || 80,
            rows: process.stdout.rows || 24,
          }));
        });
        return;
      }
      const lines = linesOf(event, options);
      then(async () => {
        waiting.push(...lines);
        row?.take(event);
        if (event.event !== 'play_ended') return;
        await row?.close();
        row = undefined;
        await showWaiting();
      });
    },
    hold: async () => {
      let release: () => void = () => undefined;
      const over = new Promise<void>((resolve) => (release = resolve));
      then(async () => {
        await row?.close();
        await showWaiting();
      });
      const isStill = order;
      then(() => over);
      then(() => {
        row = row?.again();
      });
      await isStill;
      return release;
    },
    notice: (text) => row?.notice(text) ?? false,
    after: (last) => then(last),
    close: async () => {
      then(async () => {
        await row?.close();
        row = undefined;
        await showWaiting();
      });
      await order;
      process.off('exit', onExit);
    },
  };
}
