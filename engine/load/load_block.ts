import { constant } from '../template/value.ts';
import type { Around } from './around.ts';
import { checkStepKeys } from './check_keys.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherited.ts';
import { blockKeys, foreignGroupKey } from './keywords.ts';
import type { Step } from './playbook.ts';
import type { YamlMap } from './yaml_node.ts';

/** Reads a block; one without `rescue` and `always` is just its steps, which have its keywords. */
export async function loadBlock(node: YamlMap, around: Around): Promise<readonly Step[]> {
  const { mistakes, loading } = around;
  checkStepKeys(node, blockKeys, 'a block', around, foreignGroupKey);
  const fields = new Fields(node, mistakes);
  const inside: Around = { ...around, inherited: inherit(fields, around) };
  const name = fields.text('name') ?? constant('block', node.at);
  for (const key of ['block', 'rescue', 'always']) {
    const value = node.get(key);
    if (value?.kind === 'scalar' && value.value === null)
      mistakes.add(value.at, {
        summary: `\`${key}\` is empty`,
        next: `Indent its tasks below it, each with \`- \`${key === 'block' ? '' : ', or remove it'}.`,
      });
  }
  const block = await loading.loadSteps('block', node.get('block'), inside);
  const rescue = await loading.loadSteps('rescue', node.get('rescue'), { ...inside, isRescue: true });
  const always = await loading.loadSteps('always', node.get('always'), inside);
  const standby = fields.boolean('standby') ?? false;
  if (rescue.length === 0 && always.length === 0 && !standby) return block;
  return [{ kind: 'block', name, at: node.at, block, rescue, always, standby }];
}
