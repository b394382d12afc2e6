/** A place in a file of the user's; lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The text of that line, for the caret. */
  readonly text?: string;
}

/**
 * What went wrong, told apart by kind and never by message:
 * `usage` the command line, `playbook` and `inventory` the user's files, `task` a task on a host,
 * `unreachable` the way to a host, `journal` a record that cannot be kept, `internal` a fault of fettle's own.
 */
export type ErrorKind = 'usage' | 'playbook' | 'inventory' | 'task' | 'unreachable' | 'journal' | 'internal';

export interface ErrorParts {
  /** One sentence: what is wrong. */
  readonly summary: string;
  /** What was seen: output, the value, the list of choices. */
  readonly detail?: string | undefined;
  /** What to do now. */
  readonly next?: string | undefined;
  readonly position?: Position | undefined;
  readonly cause?: unknown;
}

/** The one error of fettle that is meant for its user. */
export class FettleError extends Error {
  readonly kind: ErrorKind;
  readonly detail: string | undefined;
  readonly next: string | undefined;
  readonly position: Position | undefined;

  constructor(kind: ErrorKind, parts: ErrorParts) {
    super(parts.summary, { cause: parts.cause });
    this.name = 'FettleError';
    this.kind = kind;
    this.detail = parts.detail;
    this.next = parts.next;
    this.position = parts.position;
  }
}

/** A host that can be reached and does not let a user log in. */
export class LoginRefused extends FettleError {
  constructor(parts: ErrorParts) {
    super('unreachable', parts);
  }
}

/** Several mistakes found in one go, all shown at once; exit status 1. */
export class FettleErrors extends Error {
  readonly errors: readonly FettleError[];

  constructor(errors: readonly FettleError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.name = 'FettleErrors';
    this.errors = errors;
  }
}
