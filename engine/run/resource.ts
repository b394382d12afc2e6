import { CannotPlan, type Change } from '../contract/change.ts';
import { sightOf } from './foresee.ts';
import { make } from './make.ts';
import { fine, knownLater, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { prove } from './prove.ts';
import { asResource, resultOf } from './seen.ts';
import { show } from './show.ts';
import { standBy } from './standby.ts';
import type { Prepared, Unit } from './unit.ts';

/** Looks, plans and, where something is missing, changes and proves one resource. */
export async function runResource(state: PlayState, unit: Unit): Promise<Outcome> {
  if (unit.made) return prove(state, unit, unit.made);
  const prepared = unit.prepared as Prepared;
  const sight = await sightOf(state, unit);
  if ('later' in sight) return knownLater(sight.later);
  const isCheck = state.checks(unit.work.task);
  const changes = planOrLater(state, prepared, sight.state, isCheck);
  if (typeof changes === 'number') return knownLater(changes);
  const opaque = isCheck ? state.target.overlay.opaque : undefined;
  const assuming = opaque === undefined ? {} : { assuming: opaque };
  if (changes.length === 0) return { ...fine, ...assuming, ...told(prepared, sight.state) };
  if (isCheck) return wouldChange(state, unit, changes, assuming);
  await standBy(state, unit.work, prepared.identity);
  return prove(state, unit, await make(state, unit, changes, sight.state));
}

/** What `register` holds, and what a person reads of a module that only tells. */
function told(prepared: Prepared, seen: unknown): Pick<Outcome, 'values' | 'output'> {
  const values = resultOf(prepared, seen);
  return asResource(prepared).tells ? { values, output: JSON.stringify(values, null, 2) } : { values };
}

/** In a run that changes hosts, a task with `check_mode: true` is a look at drift and nothing that later steps build on. */
function wouldChange(
  state: PlayState,
  unit: Unit,
  changes: readonly Change[],
  assuming: { readonly assuming?: number },
): Outcome {
  const outcome: Outcome = { status: 'changed', changed: true, changes: changes.map(show), ...assuming };
  if (!state.context.check) return { ...outcome, message: 'not changed, since the task only checks' };
  state.target.overlay.add(unit.work.step, changes);
  return { ...outcome, unmade: true };
}

/** The changes, or the step that must be made before they are known. */
function planOrLater(
  state: PlayState,
  prepared: Prepared,
  seen: unknown,
  isCheck: boolean,
): readonly Change[] | number {
  try {
    return asResource(prepared).plan(prepared.args, seen as never);
  } catch (error) {
    const isMissing = error instanceof CannotPlan && error.missing !== undefined;
    const pending = isCheck && isMissing ? state.target.overlay.last : undefined;
    if (pending !== undefined) return pending;
    throw error;
  }
}
