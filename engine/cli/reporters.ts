import { closeSync, openSync, writeSync } from 'node:fs';
import picocolors from 'picocolors';
import { FettleError } from '../errors.ts';
import { linesOf, recapLines, type LineOptions } from '../report/lines.ts';
import type { Event, HostEnded } from '../run/events.ts';

/** Takes a run's events and shows them; `close` resolves when all is shown. */
export interface Reporter {
  take(event: Event): void;
  close(): Promise<void>;
}

export interface ReporterOptions {
  readonly diff?: boolean;
  readonly verbose: number;
}

/** The reporters of `--output FORM[=FILE]`; `human` on standard output where none is given. Throws FettleError `usage`. */
export function reportersOf(given: readonly string[], options: ReporterOptions): readonly Reporter[] {
  const wanted = (given.length > 0 ? given : ['human']).map(split);
  for (const [form] of wanted) {
    if (form !== 'jsonl' && form !== 'human')
      throw new FettleError('usage', {
        summary: `fettle has no output form ${form}`,
        next: 'use human or jsonl',
      });
  }
  if (wanted.filter(([, file]) => file === undefined).length > 1)
    throw new FettleError('usage', {
      summary: 'two forms of output would mix on standard output',
      next: 'send one of them to a file: --output jsonl=FILE',
    });
  return wanted.map(([form, file]) => {
    const sink = file === undefined ? standardOutput : fileSink(file);
    return form === 'jsonl' ? jsonLines(sink) : human(sink, options, file === undefined);
  });
}

interface Sink {
  write(text: string): void;
  close(): void;
}

const standardOutput: Sink = {
  write: (text) => process.stdout.write(text),
  close: () => undefined,
};

function fileSink(path: string): Sink {
  try {
    const file = openSync(path, 'w', 0o600);
    return { write: forgiving((text) => writeSync(file, text), path), close: () => closeSync(file) };
  } catch (error) {
    throw new FettleError('usage', {
      summary: `cannot write to ${path === '' ? 'a file without a name' : path}`,
      detail: error instanceof Error ? error.message : String(error),
      next: 'give --output FORM=FILE a file that you may write',
      cause: error,
    });
  }
}

/** A report that cannot be written any more (disk full) is no reason to leave hosts half done. */
function forgiving(write: (text: string) => void, path: string): (text: string) => void {
  let isBroken = false;
  return (text) => {
    if (isBroken) return;
    try {
      write(text);
    } catch (error) {
      isBroken = true;
      const why = error instanceof Error ? error.message : String(error);
      process.stderr.write(`fettle: ${path} is not complete: ${why}\n`);
    }
  };
}

function jsonLines(sink: Sink): Reporter {
  return {
    take: (event) => sink.write(`${JSON.stringify(event)}\n`),
    close: async () => sink.close(),
  };
}

function human(sink: Sink, options: ReporterOptions, isScreen: boolean): Reporter {
  const isTerminal = isScreen && process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
  const line: LineOptions = {
    diff: options.diff === true,
    verbosity: options.verbose,
    colors: picocolors.createColors(isTerminal && picocolors.isColorSupported),
  };
  const hosts: HostEnded[] = [];
  let run = '';
  let isUndoable = false;
  const show = (lines: readonly string[]): void => {
    if (lines.length > 0) sink.write(`${lines.join('\n')}\n`);
  };
  const row = isTerminal ? movingRow(show, line) : plain(show, line);
  return {
    take: (event) => {
      if (event.event === 'change_started') isUndoable = true;
      if (event.event === 'run_started') run = event.run;
      else if (event.event === 'host_ended') hosts.push(event);
      else if (event.event === 'run_ended') row.after(() => show(recapLines(hosts, run, isUndoable, line)));
      else row.take(event);
    },
    close: async () => {
      await row.close();
      sink.close();
    },
  };
}

interface Rows {
  take(event: Event): void;
  after(show: () => void): void;
  close(): Promise<void>;
}

function plain(show: (lines: readonly string[]) => void, options: LineOptions): Rows {
  return {
    take: (event) => show(linesOf(event, options)),
    after: (last) => last(),
    close: async () => undefined,
  };
}

/** While a play runs, one row moves; its lines follow when it is done, so that nothing tears the drawing. */
function movingRow(show: (lines: readonly string[]) => void, options: LineOptions): Rows {
  let waiting: string[] = [];
  let row: Promise<{ take(event: Event): void; close(): Promise<void> }> | undefined;
  let order: Promise<void> = Promise.resolve();
  const then = (act: () => Promise<void> | void): void => {
    order = order.then(act);
  };
  return {
    take: (event) => {
      if (event.event === 'play_started') {
        then(async () => {
          const { PlayRow } = await import('../report/terminal.ts');
          row = Promise.resolve(new PlayRow(event.play, event.hosts.length));
        });
        return;
      }
      waiting.push(...linesOf(event, options));
      then(async () => {
        (await row)?.take(event);
        if (event.event !== 'play_ended') return;
        await (await row)?.close();
        row = undefined;
        show(waiting);
        waiting = [];
      });
    },
    after: (last) => then(last),
    close: async () => {
      then(async () => {
        await (await row)?.close();
        show(waiting);
      });
      await order;
    },
  };
}

function split(word: string): readonly [string, string?] {
  const at = word.indexOf('=');
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
