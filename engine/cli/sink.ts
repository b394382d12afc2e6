import { closeSync, openSync, writeSync } from 'node:fs';
import { FettleError } from '../errors.ts';

/** Where a report is written. */
export interface Sink {
  write(text: string): void;
  close(): void;
}

export const standardOutput: Sink = {
  write: (text) => process.stdout.write(text),
  close: () => undefined,
};

/** A file that is closed to others. Throws FettleError `usage` where it cannot be written. */
export function fileSink(path: string): Sink {
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
