import { constant } from '../template/value.ts';
import type { Around } from './around.ts';
import { compileArguments, variablesMade } from './arguments.ts';
import { Fields } from './fields.ts';
import { findModule } from './find_module.ts';
import { given, inherit, isWhole, stepKeys } from './inherited.ts';
import { readLoop, readLoopControl } from './load_loop.ts';
import { argumentMap, withArgs } from './module_map.ts';
import { withDefaults } from './module_defaults.ts';
import type { Task } from './playbook.ts';
import type { YamlMap } from './yaml_node.ts';

/** Reads one task or handler; undefined where it has a mistake that leaves nothing to run. */
export async function loadTask(node: YamlMap, around: Around): Promise<Task | undefined> {
  const { mistakes, loading } = around;
  const id = around.nextId();
  const found = await findModule(node, loading.registry, mistakes);
  const fields = new Fields(node, mistakes);
  const rest = readKeys(fields, around);
  if (around.section === 'handlers') checkHandler(node, rest.listen, around);
  else if (rest.listen.length > 0)
    mistakes.add(node.get('listen')?.at ?? node.at, {
      summary: '`listen` belongs to a handler',
      next: 'Move the task to `handlers:`, or remove `listen`.',
    });
  const own = found && argumentMap(found.module, found.entry, mistakes);
  if (!found || !own) return undefined;
  const { module, entry } = found;
  const all = withDefaults(withArgs(own, fields, mistakes), module.name, rest.moduleDefaults);
  const args = compileArguments(
    module,
    new Fields(all, mistakes),
    entry.keyAt,
    mistakes,
    around.inherited.folders,
  );
  const { moduleDefaults: _used, ...keys } = rest;
  return {
    kind: 'task',
    id,
    name: fields.text('name') ?? constant(module.name, node.at),
    at: node.at,
    module,
    args,
    produces: [...variablesMade(module, all), ...(rest.register === undefined ? [] : [rest.register])],
    ...keys,
  };
}

function readKeys(fields: Fields, around: Around) {
  const { mistakes } = around;
  const has = (key: string) => fields.map.get(key) !== undefined;
  const inherited = inherit(fields, around);
  const { becomes: _becomes, roleVars: _roleVars, ...own } = inherited;
  return {
    ...own,
    ...stepKeys(inherited),
    loopControl: readLoopControl(fields, mistakes),
    listen: fields.words('listen'),
    ...given({
      loop: readLoop(fields, mistakes),
      register: fields.name('register', 'a register'),
      changedWhen: has('changed_when') ? fields.conditions('changed_when') : undefined,
      failedWhen: has('failed_when') ? fields.conditions('failed_when') : undefined,
      until: has('until') ? fields.conditions('until') : undefined,
      retries: fields.numberOrTemplate('retries', 'a whole number, 0 or more', (value) => isWhole(value, 0)),
      delay: fields.numberOrTemplate('delay', 'a number of seconds, 0 or more', (value) => value >= 0),
    }),
  };
}

function checkHandler(node: YamlMap, listen: readonly string[], { mistakes }: Around): void {
  if (node.get('name') || listen.length > 0) return;
  mistakes.add(node.at, {
    summary: 'A handler needs a `name` or `listen`',
    next: 'Add `name: …`, which `notify` refers to.',
  });
}
