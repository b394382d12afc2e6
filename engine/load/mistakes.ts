import { FettleError, FettleErrors, type ErrorKind, type ErrorParts, type Position } from '../errors.ts';

/** Takes what works but should be said. */
export type Warn = (warning: FettleError) => void;

/** Gathers what is wrong in the user's files, so that all of it can be told at once. */
export class Mistakes {
  readonly #kind: ErrorKind;
  readonly #warn: Warn;
  readonly #errors: FettleError[] = [];

  constructor(kind: ErrorKind, warn: Warn = () => undefined) {
    this.#kind = kind;
    this.#warn = warn;
  }

  add(position: Position, parts: ErrorParts): void {
    this.#errors.push(new FettleError(this.#kind, { ...parts, position }));
  }

  /** Says something of what works all the same. */
  warn(position: Position, parts: ErrorParts): void {
    this.#warn(new FettleError(this.#kind, { ...parts, position }));
  }

  /** The result of `make`, or undefined where it throws a mistake of the user's, which is kept. */
  try<Made>(make: () => Made): Made | undefined {
    try {
      return make();
    } catch (error) {
      this.take(error);
      return undefined;
    }
  }

  /** The same of what takes its time. */
  async tryAsync<Made>(make: () => Promise<Made>): Promise<Made | undefined> {
    try {
      return await make();
    } catch (error) {
      this.take(error);
      return undefined;
    }
  }

  /** Keeps a mistake of the user's; anything else is thrown on. */
  take(error: unknown): void {
    if (error instanceof FettleErrors) this.#errors.push(...error.errors);
    else if (error instanceof FettleError) this.#errors.push(error);
    else throw error;
  }

  /** Throws FettleErrors, file by file and in the order of each file, where there is any. */
  throw(): void {
    if (this.#errors.length > 0) throw new FettleErrors(inOrder(unique(this.#errors)));
  }
}

/** Errors that are told twice, as of a file that is read for two places, once. */
export function unique(errors: readonly FettleError[]): readonly FettleError[] {
  const seen = new Set<string>();
  return errors.filter((error) => {
    const { file, line, column } = error.position ?? { file: '', line: 0, column: 0 };
    const key = `${error.message}\0${file}:${line}:${column}`;
    return !seen.has(key) && seen.add(key);
  });
}

function inOrder(errors: readonly FettleError[]): readonly FettleError[] {
  const files = [...new Set(errors.map(({ position }) => position?.file))];
  const rank = ({ position }: FettleError) => files.indexOf(position?.file);
  return errors.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
}
