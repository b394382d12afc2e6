import { basename, dirname, join } from 'node:path';
import { FettleError, type Position } from '../errors.ts';
import type { Around } from './around.ts';
import { candidatesOf, kindOfPath } from './find_file.ts';

/** The folder of a role; throws FettleError with where it was looked for. */
export async function findRole(name: string, at: Position, around: Around): Promise<string> {
  const { role } = around.inherited;
  const folders = [join(around.playFolder, 'roles'), 'roles', ...(role ? [dirname(role.path)] : [])];
  // A path is one from the playbook.
  const candidates = candidatesOf(name, name.includes('/') ? [around.playFolder, ...folders] : folders);
  for (const candidate of candidates) if ((await kindOfPath(candidate)) === 'folder') return candidate;
  throw new FettleError('playbook', {
    summary: `There is no role \`${name}\``,
    detail: `Looked for ${candidates.join(', ')}.`,
    next: `Put the role into a folder \`roles/${basename(name)}\` beside the playbook.`,
    position: at,
  });
}
