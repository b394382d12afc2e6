import { FettleError, FettleErrors, type Position } from '../errors.ts';

/** Throws why a file that a playbook names cannot be used; mistakes in it are thrown as they are. */
export function readFailure(path: string, at: Position, error: unknown): never {
  if (error instanceof FettleErrors || error instanceof FettleError) throw error;
  throw new FettleError('playbook', {
    summary: `Cannot read ${path}`,
    detail: error instanceof Error ? error.message : undefined,
    next: 'Give the path of a file that can be read.',
    position: at,
    cause: error,
  });
}
