import type { Position } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import { constant } from '../template/value.ts';
import type { Around } from './around.ts';
import { checkStepKeys } from './check_keys.ts';
import { Fields } from './fields.ts';
import { inherit, nothingInherited, stepKeys } from './inherited.ts';
import { foreignGroupKey, metaKeys, notYet } from './keywords.ts';
import type { Meta } from './playbook.ts';
import type { YamlEntry, YamlMap } from './yaml_node.ts';

/** Reads `meta: ACTION`. */
export function loadMeta(node: YamlMap, entry: YamlEntry, around: Around): readonly Meta[] {
  const { mistakes } = around;
  checkStepKeys(node, metaKeys, '`meta`', around, foreignGroupKey);
  const fields = new Fields(node, mistakes);
  const id = around.nextId();
  const handlers = fields.choice('handlers', ['run', 'skip']);
  const keys = stepKeys(inherit(fields, around));
  const action = actionOf(entry, fields, around);
  if (action === undefined) return [];
  // What is included may stand anywhere: that is seen when it is reached.
  if (action === 'undo_block' && !around.isRescue && !around.chain.some(({ included }) => included))
    mistakes.add(entry.value.at, {
      summary: '`meta: undo_block` stands in no `rescue`',
      next: 'Put it into the `rescue` of the block whose changes it is to take back.',
    });
  if (handlers && !ends.has(action))
    mistakes.add(node.entries.get('handlers')?.keyAt ?? entry.keyAt, {
      summary: `\`handlers\` says nothing beside \`meta: ${action}\``,
      next: `It goes with ${[...ends].join(', ')}.`,
    });
  const name = fields.text('name') ?? constant(`meta: ${action}`, node.at);
  return [{ kind: 'meta', id, name, at: node.at, action, handlers: handlers ?? 'run', ...keys }];
}

/** The flush that comes after a section of a play; it has no number. */
export function flushAfter(at: Position): Meta {
  const keys = stepKeys(nothingInherited(false, []));
  const name = constant('flush handlers', at);
  return {
    kind: 'meta',
    id: -1,
    name,
    at,
    action: 'flush_handlers',
    handlers: 'run',
    ...keys,
    tags: ['always'],
  };
}

const actions = [
  'flush_handlers',
  'end_host',
  'end_play',
  'end_batch',
  'reset_connection',
  'clear_facts',
  'undo_block',
  'noop',
] as const;

const later = ['clear_host_errors', 'end_role', 'refresh_inventory'];

const ends = new Set<Meta['action']>(['end_host', 'end_play', 'end_batch']);

function actionOf({ value }: YamlEntry, fields: Fields, { mistakes }: Around): Meta['action'] | undefined {
  if (value.kind !== 'scalar' || typeof value.value !== 'string') {
    fields.wrong('meta', value, `a word: ${actions.join(', ')}`);
    return undefined;
  }
  const word = value.value;
  const action = actions.find((each) => each === word);
  if (action) return action;
  mistakes.add(
    value.at,
    later.includes(word)
      ? notYet(`meta: ${word}`)
      : {
          summary: `There is no \`meta: ${word}\``,
          next: didYouMean(word, actions) ?? `There is: ${actions.join(', ')}.`,
        },
  );
  return undefined;
}
