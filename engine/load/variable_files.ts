import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { FettleError, type Position } from '../errors.ts';
import type { Loading } from './around.ts';
import { Fields } from './fields.ts';
import { kindOfPath } from './find_file.ts';
import { Mistakes } from './mistakes.ts';
import type { Variables } from './playbook.ts';
import { readFailure } from './read_failure.ts';

/** The variables of a file, or of all such files of a folder in the order of their names. Throws FettleErrors. */
export async function readVariables(path: string, at: Position, loading: Loading): Promise<Variables> {
  const mistakes = new Mistakes('playbook', loading.warn);
  const variables: Record<string, Variables[string]> = {};
  for (const file of await variableFiles(path)) {
    const read = await mistakes.tryAsync(() => readOne(file, at, loading, mistakes));
    Object.assign(variables, read);
  }
  mistakes.throw();
  return variables;
}

async function readOne(path: string, at: Position, loading: Loading, mistakes: Mistakes): Promise<Variables> {
  const source = await loading.read(path).catch((error: unknown) => readFailure(path, at, error));
  if (source.text.startsWith('$ANSIBLE_VAULT;'))
    throw new FettleError('playbook', {
      summary: 'Encrypted variable files are not supported yet',
      next: `Decrypt it: ansible-vault decrypt ${path}`,
      position: source.position(0),
    });
  const { root } = source;
  if (!root || (root.kind === 'scalar' && root.value === null)) return {};
  if (root.kind === 'map') return new Fields(root, mistakes).variablesOf(root);
  throw new FettleError('playbook', {
    summary: 'A file of variables is a map',
    next: 'Write `name: value` lines.',
    position: root.at,
  });
}

async function variableFiles(path: string): Promise<readonly string[]> {
  if ((await kindOfPath(path)) !== 'folder') return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && ['.yml', '.yaml', '.json'].includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
