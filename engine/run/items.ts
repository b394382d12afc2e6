import { FettleError } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import type { Expression, ValueTemplate } from '../template/template.ts';
import type { LoopItem } from './loop.ts';
import type { HostScope } from './variables.ts';

/** The items of a loop. Throws FettleError where it is no list. */
export function itemsOf(loop: ValueTemplate, scope: HostScope): readonly LoopItem[] {
  const list = loop.render(scope);
  if (!Array.isArray(list)) {
    throw new FettleError('task', {
      summary: `\`loop\` must be a list, and is ${kindOf(list)}`,
      next:
        typeof list === 'object' && list !== null
          ? 'for each entry of a map write `loop: "{{dict2items name}}"`, which gives `item.key` and `item.value`'
          : 'give it a list, or a template that is one',
      position: loop.at,
    });
  }
  return list.map((value, index) => ({ value, index, all: list }));
}

/** The conditions that are the same for every item. */
export function withoutItem({ when, loopControl }: Task): readonly Expression[] {
  const own = new Set([loopControl.loopVar, loopControl.indexVar, 'ansible_loop']);
  return when.filter(({ references }) => !references.some(({ root }) => own.has(root)));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}
