import type { ValueTemplate } from '../template/template.ts';
import { constant } from '../template/value.ts';
import { compileArguments, variablesMade } from './arguments.ts';
import { Fields } from './fields.ts';
import { findModule, type Registry } from './find_module.ts';
import type { Mistakes } from './mistakes.ts';
import { argumentMap } from './module_map.ts';
import type { BecomeSettings, Task } from './playbook.ts';
import { defaultLoopVar, wrongName } from './reserved_names.ts';
import type { YamlNode } from './yaml_node.ts';

/** What a task takes from around it. */
export interface TaskSurroundings {
  readonly registry: Registry;
  readonly mistakes: Mistakes;
  /** Whether tasks become another user where they do not say so themselves. */
  readonly become: boolean;
  readonly isHandler: boolean;
  nextId(): number;
}

/** Reads one task or handler; undefined where it has a mistake that leaves nothing to run. */
export async function loadTask(node: YamlNode, around: TaskSurroundings): Promise<Task | undefined> {
  const { mistakes, registry, isHandler } = around;
  if (node.kind !== 'map') {
    mistakes.add(node.at, { summary: 'A task is a map', next: 'Write `- name: …` and its module below it.' });
    return undefined;
  }
  const found = await findModule(node, registry, mistakes);
  const fields = new Fields(node, mistakes);
  const id = around.nextId();
  const rest = readKeys(fields, around);
  const given = found && argumentMap(found.module, found.entry, mistakes);
  if (isHandler && !node.get('name') && rest.listen.length === 0)
    mistakes.add(node.at, {
      summary: 'A handler needs a `name` or `listen`',
      next: 'Add `name: …`, which `notify` refers to.',
    });
  if (!isHandler && rest.listen.length > 0)
    mistakes.add(node.get('listen')?.at ?? node.at, {
      summary: '`listen` belongs to a handler',
      next: 'Move the task to `handlers:`, or remove `listen`.',
    });
  if (!found || !given) return undefined;
  const args = compileArguments(found.module, new Fields(given, mistakes), found.entry.keyAt, mistakes);
  return {
    id,
    name: fields.text('name') ?? constant(found.module.name, node.at),
    at: node.at,
    module: found.module,
    args,
    produces: [
      ...variablesMade(found.module, given),
      ...(rest.register === undefined ? [] : [rest.register]),
    ],
    ...rest,
  };
}

/** The three keys of becoming another user; `inherited` is what holds where they say nothing. */
export function readBecome(fields: Fields, inherited: boolean, mistakes: Mistakes): BecomeSettings {
  const become = fields.boolean('become');
  const becomeUser = fields.text('become_user');
  const becomeMethod = fields.text('become_method');
  if (becomeUser && !(become ?? inherited))
    mistakes.add(becomeUser.at, {
      summary: '`become_user` without `become` does nothing',
      next: 'Add `become: true` beside it.',
    });
  return {
    ...(become === undefined ? {} : { become }),
    ...(becomeUser ? { becomeUser } : {}),
    ...(becomeMethod ? { becomeMethod } : {}),
  };
}

type Rest = Omit<Task, 'id' | 'name' | 'at' | 'module' | 'args' | 'produces'>;

function readKeys(fields: Fields, around: TaskSurroundings): Rest {
  const loop = readLoop(fields, around.mistakes);
  const loopVar = readLoopVar(fields, around.mistakes);
  const register = fields.name('register', 'a register');
  const environment = fields.mapping('environment');
  const timeout = fields.seconds('timeout');
  return {
    ...readBecome(fields, around.become, around.mistakes),
    when: fields.conditions('when'),
    ...(loop ? { loop } : {}),
    loopVar,
    ...(register === undefined ? {} : { register }),
    vars: fields.variables('vars'),
    notify: fields.texts('notify'),
    listen: fields.words('listen'),
    ...(fields.map.get('changed_when') ? { changedWhen: fields.conditions('changed_when') } : {}),
    ...(fields.map.get('failed_when') ? { failedWhen: fields.conditions('failed_when') } : {}),
    ...flag('ignoreErrors', fields.boolean('ignore_errors')),
    ...flag('noLog', fields.boolean('no_log')),
    ...flag('checkMode', fields.boolean('check_mode')),
    ...flag('diff', fields.boolean('diff')),
    ...(environment ? { environment } : {}),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

function flag<Name extends string>(name: Name, value: boolean | undefined): { [Key in Name]?: boolean } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: boolean });
}

function readLoop(fields: Fields, mistakes: Mistakes): ValueTemplate | undefined {
  const node = fields.map.get('loop');
  if (!node) return undefined;
  const isTemplate = node.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('{{');
  if (node.kind === 'list' || isTemplate) return fields.value(node);
  mistakes.add(node.at, {
    summary: '`loop` must be a list or a template that gives one',
    next:
      node.kind === 'scalar' && typeof node.value === 'string' && /^[A-Za-z_]\w*$/.test(node.value)
        ? `If \`${node.value}\` is a variable, write \`loop: "{{ ${node.value} }}"\`.`
        : 'Write `loop: [one, two]`.',
  });
  return undefined;
}

function readLoopVar(fields: Fields, mistakes: Mistakes): string {
  const control = fields.map.get('loop_control');
  if (!control) return defaultLoopVar;
  if (control.kind !== 'map') {
    fields.wrong('loop_control', control, 'a map, as in `{loop_var: name}`');
    return defaultLoopVar;
  }
  for (const { key, keyAt } of control.entries.values())
    if (key !== 'loop_var')
      mistakes.add(keyAt, {
        summary: `\`${key}\` of \`loop_control\` is not supported yet`,
        next: 'Remove it; there is `loop_var`.',
      });
  const name = new Fields(control, mistakes).name('loop_var', 'a loop’s variable');
  return name !== undefined && wrongName(name, '') === undefined ? name : defaultLoopVar;
}
