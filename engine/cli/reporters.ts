import { resolve } from 'node:path';
import picocolors from 'picocolors';
import { FettleError, FettleErrors } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import { githubLines, githubMistakes } from '../report/github.ts';
import { jsonDocument } from '../report/json.ts';
import { junitText } from '../report/junit.ts';
import { recapLines, type LineOptions } from '../report/lines.ts';
import type { Event, HostEnded } from '../run/events.ts';
import { maskPasswords } from './mask_passwords.ts';
import { movingRow, plain } from './moving_row.ts';
import { fileSink, standardOutput, type Sink } from './sink.ts';

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

/** Looks for mistakes before any host is touched; where annotations are wanted, what is found is told there as well. */
export async function annotated<Value>(given: readonly string[], look: () => Promise<Value>): Promise<Value> {
  try {
    return await look();
  } catch (error) {
    const errors = error instanceof FettleErrors ? error.errors : [error];
    const mistakes = errors.filter((one) => one instanceof FettleError);
    for (const [, file] of given.map(split).filter(([form]) => form === 'github')) {
      const sink = file === undefined ? standardOutput : fileSink(file);
      sink.write(
        maskPasswords(
          githubMistakes(mistakes)
            .map((line) => `${line}\n`)
            .join(''),
        ),
      );
      sink.close();
    }
    throw error;
  }
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

function split(word: string): readonly [string, string?] {
  const at = word.indexOf('=');
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
