import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FettleError } from '../errors.ts';

/** A new run's name: its UTC time and eight random digits, so that names sort by time. */
export function newRunName(now: Date): string {
  const time = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${time}-${randomBytes(4).toString('hex')}`;
}

/** The record of a run on the controller: one JSON line an event, written before it is acted on. */
export class RunRecord {
  readonly folder: string;
  readonly #file: number;
  #waiting: string[] = [];
  /** What could not be written yet. */
  #rest: Buffer = Buffer.alloc(0);

  /** Throws FettleError `journal` where the folder cannot be written. */
  constructor(runsFolder: string, run: string) {
    this.folder = join(runsFolder, run);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.#file = openSync(join(this.folder, 'events.jsonl'), 'ax', 0o600);
    } catch (error) {
      throw new FettleError('journal', {
        summary: `the run's record cannot be kept in ${this.folder}`,
        detail: error instanceof Error ? error.message : String(error),
        next: 'set FETTLE_STATE to a folder that you may write',
        cause: error,
      });
    }
  }

  /** Takes a line; it is on its way to disk at the latest with the next `flush`. */
  append(line: string): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#tryToFlush());
    this.#waiting.push(line);
  }

  /**
   * Hands all lines to the operating system; called before a change is sent.
   * Throws FettleError `journal` where it does not take them; they are kept for the next time.
   */
  flush(): void {
    const text = this.#waiting.map((line) => `${line}\n`).join('');
    this.#waiting = [];
    this.#rest = Buffer.concat([this.#rest, Buffer.from(text, 'utf8')]);
    try {
      while (this.#rest.length > 0) this.#rest = this.#rest.subarray(writeSync(this.#file, this.#rest));
    } catch (error) {
      throw new FettleError('journal', {
        summary: `the run's record in ${this.folder} cannot be written any more`,
        detail: error instanceof Error ? error.message : String(error),
        next: 'make room there; hosts are not changed without it',
        cause: error,
      });
    }
  }

  /** Throws FettleError `journal` where the record is not complete. */
  close(): void {
    try {
      this.flush();
    } finally {
      this.#rest = Buffer.alloc(0);
      closeSync(this.#file);
    }
  }

  /** Whether it worked is told by the next `flush`, which comes before any change. */
  #tryToFlush(): void {
    try {
      this.flush();
    } catch {
      // The lines are kept.
    }
  }
}

/**
 * The lines of a run's record; a last line that was cut is left out. Throws FettleError: `usage` where there is no such run,
 * `journal` where its record is damaged.
 */
export function readRunRecord(runsFolder: string, run: string): readonly unknown[] {
  let text: string;
  const file = join(runsFolder, run, 'events.jsonl');
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new FettleError('usage', {
      summary: `there is no run ${run === '' ? 'without a name' : run}`,
      detail: `looked in ${runsFolder}`,
      next: `known runs: ${knownRuns(runsFolder).slice(-5).join(', ') || 'none'}`,
      cause: error,
    });
  }
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete.split('\n').flatMap((line, index) => (line === '' ? [] : [parsed(line, file, index + 1)]));
}

function parsed(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new FettleError('journal', {
      summary: `the run's record is damaged: line ${line} of ${file} is not JSON`,
      detail: error instanceof Error ? error.message : String(error),
      next: "each host's own journal is whole: `sh undo` in its folders there takes the changes back, last first",
      cause: error,
    });
  }
}

/** The names of all runs that have a record, oldest first. */
export function knownRuns(runsFolder: string): readonly string[] {
  try {
    return readdirSync(runsFolder)
      .filter((run) => existsSync(join(runsFolder, run, 'events.jsonl')))
      .sort();
  } catch {
    return [];
  }
}
