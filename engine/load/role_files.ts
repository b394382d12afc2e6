import { join } from 'node:path';
import { FettleError, type Position } from '../errors.ts';
import type { ValueTemplate } from '../template/template.ts';
import { mapOf } from '../template/value.ts';
import type { Loading } from './around.ts';
import { Fields } from './fields.ts';
import { firstFile, kindOfPath } from './find_file.ts';
import type { Mistakes } from './mistakes.ts';
import type { From, Variables } from './playbook.ts';
import { readFailure } from './read_failure.ts';
import { readVariables } from './variable_files.ts';
import type { YamlNode } from './yaml_node.ts';

/** What a role says of itself in `meta/`. */
export interface RoleMeta {
  readonly allowsDuplicates: boolean;
  readonly dependencies: readonly YamlNode[];
}

/** The folders of which a file can be named, as in `tasks_from`. */
export const namedFolders = ['tasks', 'vars', 'defaults', 'handlers'] as const;

/** `tasks_from` and its like, as a map of templates. */
export function fromTemplateOf(args: Fields): ValueTemplate {
  const named = namedFolders.flatMap((folder) => {
    const name = args.text(`${folder}_from`);
    return name ? [[folder, name] as const] : [];
  });
  return mapOf(new Map(named), args.map.at);
}

/**
 * The file of one of a role's folders: NAME.yml, NAME.yaml, NAME.json or NAME. Undefined where there is none and none
 * was asked for; throws FettleError where it was.
 */
export async function roleFile(
  role: string,
  folder: keyof From,
  from: From,
  at: Position,
): Promise<string | undefined> {
  const name = from[folder];
  const candidates = ['.yml', '.yaml', '.json', ''].map((end) => join(role, folder, (name ?? 'main') + end));
  const takesFolder = folder === 'vars' || folder === 'defaults';
  for (const candidate of candidates) {
    const kind = await kindOfPath(candidate);
    if (kind === 'file' || (kind === 'folder' && takesFolder)) return candidate;
  }
  if (name === undefined) return undefined;
  throw new FettleError('playbook', {
    summary: `The role has no file \`${folder}/${name}\``,
    detail: `Looked for ${candidates.join(', ')}.`,
    next: `Put it there, or remove \`${folder}_from\`.`,
    position: at,
  });
}

/** The variables of a role's `vars` or `defaults`. Throws FettleErrors. */
export async function roleVariables(
  role: string,
  folder: 'vars' | 'defaults',
  from: From,
  at: Position,
  loading: Loading,
): Promise<Variables> {
  const file = await roleFile(role, folder, from, at);
  return file === undefined ? {} : readVariables(file, at, loading);
}

/** Reads `meta/main.yml`. Throws FettleErrors where it cannot be read. */
export async function roleMeta(
  role: string,
  at: Position,
  loading: Loading,
  mistakes: Mistakes,
): Promise<RoleMeta> {
  const nothing: RoleMeta = { allowsDuplicates: false, dependencies: [] };
  const specified = await metaFile(role, 'argument_specs');
  if (specified !== undefined) notChecked({ file: specified, line: 1, column: 1 }, mistakes);
  const file = await metaFile(role, 'main');
  if (file === undefined) return nothing;
  const { root } = await loading.read(file).catch((error: unknown) => readFailure(file, at, error));
  if (!root || (root.kind === 'scalar' && root.value === null)) return nothing;
  if (root.kind !== 'map') {
    mistakes.add(root.at, { summary: 'The `meta` of a role is a map', next: 'Write `dependencies: […]`.' });
    return nothing;
  }
  const fields = new Fields(root, mistakes);
  const dependencies = root.get('dependencies');
  const isNone = !dependencies || (dependencies.kind === 'scalar' && dependencies.value === null);
  if (!isNone && dependencies.kind !== 'list') fields.wrong('dependencies', dependencies, 'a list of roles');
  const specs = root.entries.get('argument_specs');
  if (specs) notChecked(specs.keyAt, mistakes);
  return {
    allowsDuplicates: fields.boolean('allow_duplicates') ?? false,
    dependencies: dependencies?.kind === 'list' ? dependencies.items : [],
  };
}

function notChecked(at: Position, mistakes: Mistakes): void {
  mistakes.warn(at, {
    summary: '`argument_specs` are not checked yet',
    next: 'Check with `assert`, or give the play a `vars_schema`.',
  });
}

function metaFile(role: string, name: string): Promise<string | undefined> {
  return firstFile(['.yml', '.yaml'].map((end) => join(role, 'meta', name + end)));
}
