import { NotDefined } from './not_defined.ts';

/**
 * What went wrong with a name in the expression under way. CEL swallows errors in `… || true`;
 * a name that is not defined must stay an error, whatever else is true.
 */
export const attempts: { failure: unknown } = { failure: undefined };

/** Runs, and gives undefined where a name or a key is missing. */
export function attempt(run: () => unknown): unknown {
  const before = attempts.failure;
  try {
    return run();
  } catch (error) {
    if (!isMissing(error)) throw error;
    attempts.failure = before;
    return undefined;
  }
}

const missing = new Set(['no_such_key', 'unknown_variable', 'index_out_of_bounds']);

function isMissing(error: unknown): boolean {
  return (
    error instanceof NotDefined ||
    (error instanceof Error && 'code' in error && missing.has(String(error.code)))
  );
}
