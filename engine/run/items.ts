import { FettleError } from '../errors.ts';
import type { ValueTemplate } from '../template/template.ts';
import type { LoopItem } from './loop.ts';
import type { HostScope } from './variables.ts';

/** The items of a loop. Throws FettleError where it is no list. */
export function itemsOf(loop: ValueTemplate, scope: HostScope): readonly LoopItem[] {
  const list = loop.render(scope);
  if (!Array.isArray(list)) {
    throw new FettleError('task', {
      summary: `\`loop\` must be a list, and is ${list === null ? 'null' : typeof list}`,
      next: 'give it a list, or a template that is one',
      position: loop.at,
    });
  }
  return list.map((value, index) => ({ value, index, all: list }));
}
