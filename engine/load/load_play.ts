import { dirname } from 'node:path';
import { didYouMean } from '../template/closest.ts';
import type { ValueTemplate } from '../template/template.ts';
import { compileText } from '../template/text.ts';
import { Fields } from './fields.ts';
import { foreignPlayKey, playKeys } from './keywords.ts';
import { loadTask, readBecome, type TaskSurroundings } from './load_task.ts';
import type { Mistakes } from './mistakes.ts';
import { checkNotify } from './notify.ts';
import type { Play, Task } from './playbook.ts';
import { loadVarsSchema } from './vars_schema.ts';
import type { YamlMap, YamlNode } from './yaml_node.ts';

/** What a play takes from around it. */
export type PlaySurroundings = Omit<TaskSurroundings, 'isHandler'>;

/** Reads one play; undefined where it has no hosts. */
export async function loadPlay(node: YamlNode, around: PlaySurroundings): Promise<Play | undefined> {
  const { mistakes } = around;
  if (node.kind !== 'map') {
    mistakes.add(node.at, { summary: 'A play is a map', next: 'Write `- hosts: …` and `tasks:` below it.' });
    return undefined;
  }
  checkKeys(node, mistakes);
  const fields = new Fields(node, mistakes);
  const hosts = readHosts(node, fields, mistakes);
  const become = readBecome(fields, around.become, mistakes);
  const inner = { ...around, become: become.become ?? around.become };
  const tasks = await loadTasks('tasks', node, { ...inner, isHandler: false });
  const handlers = await loadTasks('handlers', node, { ...inner, isHandler: true });
  checkNotify([...tasks, ...handlers], handlers, mistakes);
  const name = fields.text('name');
  const connection = fields.choice('connection', ['ssh', 'local']);
  const user = fields.text('remote_user');
  const environment = fields.mapping('environment');
  const varsSchema = await readVarsSchema(fields, mistakes);
  fields.boolean('gather_facts');
  if (!hosts) return undefined;
  return {
    name: nameOf(name, hosts),
    at: node.at,
    hosts,
    ...become,
    vars: fields.variables('vars'),
    ...(connection ? { connection } : {}),
    ...(user ? { user } : {}),
    ...(environment ? { environment } : {}),
    ...(varsSchema ? { varsSchema } : {}),
    tasks,
    handlers,
  };
}

function checkKeys(play: YamlMap, mistakes: Mistakes): void {
  for (const { key, keyAt } of play.entries.values()) {
    if (playKeys.some((each) => each === key)) continue;
    const foreign = foreignPlayKey(key);
    mistakes.add(
      keyAt,
      foreign ?? {
        summary: `\`${key}\` is not a key of a play`,
        next: didYouMean(key, playKeys) ?? `A play has: ${playKeys.join(', ')}.`,
      },
    );
  }
}

function readHosts(play: YamlMap, fields: Fields, mistakes: Mistakes): ValueTemplate | undefined {
  const node = play.get('hosts');
  if (!node) {
    mistakes.add(play.at, {
      summary: 'This play has no `hosts`',
      next: play.get('import_playbook') ? undefined : 'Add `hosts: all` or another pattern.',
    });
    return undefined;
  }
  if (node.kind !== 'list') return fields.text('hosts');
  const names = node.items.map((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? item.value : '',
  );
  if (names.length > 0 && !names.includes(''))
    return mistakes.try(() => compileText(names.join(','), node.at));
  fields.wrong('hosts', node, 'a pattern or a list of patterns');
  return undefined;
}

async function loadTasks(key: string, play: YamlMap, around: TaskSurroundings): Promise<readonly Task[]> {
  const node = play.get(key);
  if (!node || (node.kind === 'scalar' && node.value === null)) return [];
  if (node.kind !== 'list') {
    around.mistakes.add(node.at, {
      summary: `\`${key}\` must be a list`,
      next: 'Start each task with `- `, as in `- name: …`.',
    });
    return [];
  }
  const tasks: Task[] = [];
  for (const item of node.items) {
    const task = await loadTask(item, around);
    if (task) tasks.push(task);
  }
  return tasks;
}

async function readVarsSchema(fields: Fields, mistakes: Mistakes): Promise<Play['varsSchema']> {
  const node = fields.map.get('vars_schema');
  if (!node) return undefined;
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value.includes('{{')) {
    fields.wrong('vars_schema', node, 'the path of a JSON schema, relative to the playbook');
    return undefined;
  }
  try {
    return await loadVarsSchema(node.value, dirname(node.from.file), node.at);
  } catch (error) {
    mistakes.take(error);
    return undefined;
  }
}

function nameOf(name: ValueTemplate | undefined, hosts: ValueTemplate): string {
  const from = name?.constant ? name : hosts.constant ? hosts : undefined;
  return from ? String(from.render({ get: () => undefined, has: () => false })) : 'play';
}
