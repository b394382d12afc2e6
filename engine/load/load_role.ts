import { basename } from 'node:path';
import type { Position } from '../errors.ts';
import type { Around, Link } from './around.ts';
import { findRole } from './find_role.ts';
import type { Inherited } from './inherited.ts';
import type { From, Step, Task } from './playbook.ts';
import { roleFile, roleMeta, roleVariables } from './role_files.ts';
import { parametersOf, withParameters } from './role_parameters.ts';
import { checkChain, stepsOfFile } from './tasks_file.ts';
import type { YamlNode } from './yaml_node.ts';

/** Reads `roles:` of a play. */
export async function loadRoles(node: YamlNode | undefined, around: Around): Promise<readonly Step[]> {
  if (!node || (node.kind === 'scalar' && node.value === null)) return [];
  if (node.kind !== 'list') {
    around.mistakes.add(node.at, {
      summary: '`roles` must be a list',
      next: 'Start each role with `- `, as in `- common`.',
    });
    return [];
  }
  const steps: Step[] = [];
  for (const item of node.items) steps.push(...(await loadRoleEntry(item, around)));
  return steps;
}

/** One use of a role in `roles:` or in `dependencies:`: its name, or a map with keywords and parameters. */
async function loadRoleEntry(node: YamlNode, around: Around): Promise<readonly Step[]> {
  const { mistakes } = around;
  const named = node.kind === 'map' ? (node.entries.get('role') ?? node.entries.get('name'))?.value : node;
  if (named?.kind !== 'scalar' || typeof named.value !== 'string') {
    mistakes.add(named?.at ?? node.at, {
      summary: 'A role needs a name',
      next: 'Write `- NAME`, or `- role: NAME` with its parameters below `vars:`.',
    });
    return [];
  }
  const name = named.value;
  if (name.includes('{{')) {
    mistakes.add(named.at, {
      summary: 'A role in `roles` is read before any host is known, so its name takes no template',
      next: 'Write `include_role` among the tasks, which is read when it is reached.',
    });
    return [];
  }
  const inside = node.kind === 'map' ? withParameters(node, around) : around;
  const alike = node.kind === 'map' ? (mistakes.try(() => parametersOf(node)) ?? '') : '';
  const link = { at: node.at, included: false };
  const steps = await mistakes.tryAsync(() =>
    loadRole({ name, at: named.at, from: {}, link, alike }, inside),
  );
  return steps ?? [];
}

/** One use of a role. */
export interface RoleRequest {
  readonly name: string;
  readonly at: Position;
  readonly from: From;
  readonly link: Omit<Link, 'key'>;
  /** What makes two uses alike, of which only the first counts; absent where every use counts. */
  readonly alike?: string;
}

/**
 * The steps of a role, those of its dependencies first; its handlers, defaults and variables go to what is gathered.
 * Throws FettleError where there is no such role; mistakes in it go to the mistakes.
 */
export async function loadRole(request: RoleRequest, around: Around): Promise<readonly Step[]> {
  const { name, at, from, link } = request;
  const { loading, mistakes, gathered } = around;
  const path = await findRole(name, at, around);
  checkChain(path, link, around.chain, 'Remove one of them.');
  const meta = await roleMeta(path, at, loading, mistakes);
  if (request.alike !== undefined && !meta.allowsDuplicates) {
    const key = JSON.stringify([path, request.alike, from, ...surroundingsOf(around)]);
    if (gathered.roles.has(key)) return [];
    gathered.roles.add(key);
  }
  const variables = async (folder: 'defaults' | 'vars') =>
    (await mistakes.tryAsync(() => roleVariables(path, folder, from, at, loading))) ?? {};
  const defaults = await variables('defaults');
  const vars = await variables('vars');
  const outer = around.inherited;
  const inherited: Inherited = {
    ...outer,
    defaults: { ...outer.defaults, ...defaults },
    roleVars: { ...outer.roleVars, ...vars },
    folders: [...new Set([path, ...outer.folders])],
    role: { name: basename(name), path },
  };
  const dependencies: Step[] = [];
  const chain = [...around.chain, { ...link, key: path }];
  for (const each of meta.dependencies)
    dependencies.push(...(await loadRoleEntry(each, { ...around, inherited, chain })));
  // What its dependencies say stands below what it says itself.
  const own: Inherited =
    meta.dependencies.length === 0
      ? inherited
      : {
          ...inherited,
          defaults: { ...outer.defaults, ...gathered.defaults, ...defaults },
          roleVars: { ...outer.roleVars, ...gathered.vars, ...vars },
        };
  gathered.defaults = { ...gathered.defaults, ...defaults };
  gathered.vars = { ...gathered.vars, ...vars };
  const inside = { ...around, inherited: own };
  const tasks = await roleFile(path, 'tasks', from, at);
  const steps = tasks === undefined ? [] : await stepsOfFile(tasks, link, inside);
  const handlers = await roleFile(path, 'handlers', from, at);
  if (handlers !== undefined) gathered.laterHandlers.push(() => handlersOf(handlers, link, inside));
  return [...dependencies, ...steps];
}

function surroundingsOf({ inherited, loading }: Around): readonly unknown[] {
  const conditions = inherited.when.map(({ source }) => source);
  return [conditions, loading.choosesTags ? inherited.tags : []];
}

async function handlersOf(path: string, link: Omit<Link, 'key'>, around: Around): Promise<readonly Task[]> {
  // Handlers that notified what notifies them would never end.
  const inherited = { ...around.inherited, notify: [] };
  const steps = await around.mistakes.tryAsync(() =>
    stepsOfFile(path, link, { ...around, inherited, section: 'handlers' }),
  );
  return (steps ?? []).filter((step) => step.kind === 'task');
}
