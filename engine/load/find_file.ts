import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { FettleError, type Position } from '../errors.ts';

/** The first of some folders' files of a name that is there; throws FettleError with all that was looked for. */
export async function findFile(name: string, folders: readonly string[], at: Position): Promise<string> {
  const candidates = candidatesOf(name, folders);
  const found = await firstFile(candidates);
  if (found !== undefined) return found;
  throw new FettleError('playbook', {
    summary: `There is no file ${name}`,
    detail: `Looked for ${candidates.join(', ')}.`,
    next: 'Put it there, or give its path relative to this file.',
    position: at,
  });
}

/** Where a name may stand for a file: an absolute one is itself. */
export function candidatesOf(name: string, folders: readonly string[]): readonly string[] {
  return isAbsolute(name) ? [name] : [...new Set(folders.map((folder) => join(folder, name)))];
}

/** The first that is a file. */
export async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if ((await kindOfPath(path)) === 'file') return path;
  return undefined;
}

/** What stands at a path of the controller's. */
export async function kindOfPath(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  return found.isDirectory() ? 'folder' : 'file';
}
