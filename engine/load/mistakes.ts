import { FettleError, FettleErrors, type ErrorKind, type ErrorParts, type Position } from '../errors.ts';

/** Gathers what is wrong in a file, so that all of it can be told at once. */
export class Mistakes {
  readonly #kind: ErrorKind;
  readonly #errors: FettleError[] = [];

  constructor(kind: ErrorKind) {
    this.#kind = kind;
  }

  add(position: Position, parts: ErrorParts): void {
    this.#errors.push(new FettleError(this.#kind, { ...parts, position }));
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

  /** Keeps a mistake of the user's; anything else is thrown on. */
  take(error: unknown): void {
    if (error instanceof FettleErrors) this.#errors.push(...error.errors);
    else if (error instanceof FettleError) this.#errors.push(error);
    else throw error;
  }

  /** Throws FettleErrors, in the order of the file, where there is any. */
  throw(): void {
    if (this.#errors.length > 0) throw new FettleErrors(this.#errors.sort(inOrder));
  }
}

function inOrder(a: FettleError, b: FettleError): number {
  const [one, two] = [a.position, b.position];
  return (one?.line ?? 0) - (two?.line ?? 0) || (one?.column ?? 0) - (two?.column ?? 0);
}
