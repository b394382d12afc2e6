import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import picocolors from 'picocolors';
import { FettleError } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import { githubLines } from '../report/github.ts';
import { jsonDocument } from '../report/json.ts';
import { junitText } from '../report/junit.ts';
import { linesOf, recapLines, type LineOptions } from '../report/lines.ts';
import { Progress } from '../report/progress.ts';
import type { PlayRow } from '../report/terminal.ts';
import type { Event, HostEnded } from '../run/events.ts';

/** Takes a run's events and shows them; `close` resolves when all is shown. */
export interface Reporter {
  take(event: Event): void;
  /** Holds what moves on the screen still, so that a question can be put; gives the way to go on. */
  hold?(): Promise<() => void>;
  /** Shows a line for as long as something moves on the screen; false where nothing does. */
  notice?(text: string): boolean;
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
    if (!Object.hasOwn(forms, form))
      throw new FettleError('usage', {
        summary: `fettle has no output form ${form === '' ? 'without a name' : form}`,
        next: didYouMean(form, Object.keys(forms)) ?? `use ${Object.keys(forms).join(', ')}`,
      });
  }
  if (wanted.filter(([, file]) => file === undefined).length > 1)
    throw new FettleError('usage', {
      summary: 'two forms of output would mix on standard output',
      next: 'send one of them to a file: --output jsonl=FILE',
    });
  const files = wanted.flatMap(([, file]) => (file === undefined ? [] : [resolve(file)]));
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined)
    throw new FettleError('usage', {
      summary: `two forms of output would mix in ${twice}`,
      next: 'give each a file of its own',
    });
  return wanted.map(([form, file]) => {
    const sink = file === undefined ? standardOutput : fileSink(file);
    return (forms[form] as Form)(sink, options, file === undefined);
  });
}

type Form = (sink: Sink, options: ReporterOptions, isScreen: boolean) => Reporter;

const forms: Readonly<Record<string, Form>> = {
  human,
  json: whole(async (events) => `${JSON.stringify(jsonDocument(events), null, 2)}\n`),
  jsonl: jsonLines,
  junit: whole(junitText),
  github: whole(async (events) =>
    githubLines(events)
      .map((line) => `${line}\n`)
      .join(''),
  ),
};

/** A form that is written when all has happened. */
function whole(text: (events: readonly Event[]) => Promise<string>): Form {
  return (sink) => {
    const events: Event[] = [];
    return {
      take: (event) => events.push(event),
      close: async () => {
        sink.write(await text(events));
        sink.close();
      },
    };
  };
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
  let undoes: string | undefined;
  let isUndoable = false;
  const show = (lines: readonly string[]): void => {
    if (lines.length > 0) sink.write(`${lines.join('\n')}\n`);
  };
  const row = isTerminal ? movingRow(show, line) : plain(show, line);
  return {
    take: (event) => {
      if (event.event === 'change_started') isUndoable ||= event.impossible === undefined;
      if (event.event === 'run_started') ({ run, undoes } = event);
      else if (event.event === 'host_ended') hosts.push(event);
      else if (event.event === 'run_ended')
        row.after(() => show(recapLines(hosts, run, isUndoable && undoes === undefined, line)));
      else row.take(event);
    },
    hold: () => row.hold(),
    notice: (text) => row.notice(text),
    close: async () => {
      await row.close();
      sink.close();
    },
  };
}

interface Rows {
  take(event: Event): void;
  hold(): Promise<() => void>;
  notice(text: string): boolean;
  after(show: () => void): void;
  close(): Promise<void>;
}

function plain(show: (lines: readonly string[]) => void, options: LineOptions): Rows {
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
function movingRow(show: (lines: readonly string[]) => void, options: LineOptions): Rows {
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

function split(word: string): readonly [string, string?] {
  const at = word.indexOf('=');
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
