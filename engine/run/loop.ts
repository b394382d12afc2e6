import type { LoopControl } from '../load/playbook.ts';
import type { Unit } from './unit.ts';
import type { HostScope } from './variables.ts';
import type { Values } from './works.ts';

/** One item of a loop, with its place in the whole list. */
export interface LoopItem {
  readonly value: unknown;
  readonly index: number;
  readonly all: readonly unknown[];
}

/** The variables of a loop: its item, its index where it has a name, `ansible_loop` where it is asked for. */
export function loopValues(control: LoopControl, item: LoopItem, outer: Values): Values {
  const values = new Map(outer);
  values.set(control.loopVar, item.value);
  if (control.indexVar !== undefined) values.set(control.indexVar, item.index);
  if (control.extended) values.set('ansible_loop', extended(item));
  return values;
}

/** What a unit knows of its item. */
export function ofItem(control: LoopControl, item: LoopItem, scope: HostScope): Pick<Unit, 'label' | 'own'> {
  const { loopVar, indexVar } = control;
  const own: Record<string, unknown> = { ansible_loop_var: loopVar, [loopVar]: item.value };
  if (indexVar !== undefined) Object.assign(own, { ansible_index_var: indexVar, [indexVar]: item.index });
  return { label: labelOf(control, item, scope), own };
}

/** An item as it is shown: its label, else its text. */
function labelOf({ label }: LoopControl, { value }: LoopItem, scope: HostScope): string {
  if (label) {
    try {
      return textOf(label.render(scope));
    } catch {
      // What cannot be named yet is shown as it is; a mistake in a label is no reason to stop.
    }
  }
  return textOf(value);
}

function textOf(item: unknown): string {
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item);
  const text = JSON.stringify(item) ?? String(item);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function extended({ index, all }: LoopItem): Record<string, unknown> {
  return {
    allitems: all,
    index: index + 1,
    index0: index,
    revindex: all.length - index,
    revindex0: all.length - index - 1,
    first: index === 0,
    last: index === all.length - 1,
    length: all.length,
    ...(index > 0 ? { previtem: all[index - 1] } : {}),
    ...(index < all.length - 1 ? { nextitem: all[index + 1] } : {}),
  };
}
