import type { From, Task } from '../load/playbook.ts';
import { itemsOf } from './items.ts';
import { loopValues, type LoopItem } from './loop.ts';
import type { PlayState } from './play_state.ts';
import { allHold, standingOf } from './standing.ts';
import { worksOf, type IncludeWork } from './works.ts';

/** Puts what an include brings after it; gives what it brought, nothing where its condition held for no item. Throws what is wrong with it. */
export async function include(state: PlayState, work: IncludeWork): Promise<readonly string[]> {
  const { include: step } = work;
  const targets: string[] = [];
  const works: ReturnType<typeof worksOf>[number][] = [];
  for (const item of step.loop ? itemsOf(step.loop, state.scopeOf(work)) : [undefined]) {
    const scope = item ? state.scopeOfItem(work, item) : state.scopeOf(work);
    if (!allHold(step.when, scope, 'when')) continue;
    const target = String(step.target.render(scope));
    const included = await step.load(target, step.from.render(scope) as From);
    targets.push(target);
    for (const [name, value] of Object.entries(included.variables))
      state.host.registers.set(name, value.render(scope));
    addHandlers(state, included.handlers);
    works.push(
      ...worksOf(included.steps, {
        step: work.step,
        place: [...work.place, item?.index ?? 0],
        path: work.path,
        outer: outerOf(work, item),
      }),
    );
  }
  state.list.insertAfter(work, works);
  work.brought = targets;
  return targets;
}

/** Includes what is known before its turn, so that its questions are asked with the others. Gives whether it could. */
export async function includeAhead(state: PlayState, work: IncludeWork, index: number): Promise<boolean> {
  if (work.brought) return true;
  const { keyword, when, loop, loopControl, target, from } = work.include;
  // Variables of a file stand above others from their turn on.
  if (keyword === 'include_vars') return false;
  const own = new Set([
    loopControl.loopVar,
    loopControl.indexVar,
    loopControl.extended ? 'ansible_loop' : '',
  ]);
  const references = [
    ...when.flatMap((one) => one.references),
    ...(loop?.references ?? []),
    ...target.references,
    ...from.references,
  ].filter(({ root }) => !loop || !own.has(root));
  if (standingOf(references, state.scopeOf(work), state.horizon(index)).kind !== 'ready') return false;
  try {
    await include(state, work);
    return true;
  } catch {
    // What is wrong with it counts when its turn comes.
    return false;
  }
}

function outerOf(work: IncludeWork, item: LoopItem | undefined) {
  return item ? loopValues(work.include.loopControl, item, work.outer) : work.outer;
}

function addHandlers(state: PlayState, handlers: readonly Task[]): void {
  for (const handler of handlers) if (!state.handlers.includes(handler)) state.handlers.push(handler);
}
