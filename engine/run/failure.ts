import { CannotPlan } from '../contract/change.ts';
import { FettleError, FettleErrors, type Position } from '../errors.ts';
import type { Outcome } from './outcome.ts';

/** What is one task's failure; all else ends the host. */
export function isTaskError(error: unknown): error is Error {
  return !(error instanceof FettleError && (error.kind === 'unreachable' || error.kind === 'journal'));
}

/** A task's outcome where it threw. */
export function failureOf(error: Error): Outcome {
  const { message, detail, next, position } = partsOf(error);
  const place = position ? ` (${position.file}:${position.line}:${position.column})` : '';
  return { status: 'failed', changed: false, message: `${message}${place}`, detail, next };
}

interface Parts {
  readonly message: string;
  readonly detail?: string | undefined;
  readonly next?: string | undefined;
  readonly position?: Position | undefined;
}

function partsOf(error: Error): Parts {
  if (error instanceof FettleErrors) {
    const [first = error, ...others] = error.errors;
    return others.length === 0
      ? first
      : { ...partsOf(first), detail: others.map((one) => one.message).join('\n') };
  }
  if (error instanceof FettleError || error instanceof CannotPlan) return error;
  return {
    message: String(error.message),
    detail: error.stack,
    next: 'this is a fault of fettle: please report it with the text above',
  };
}
