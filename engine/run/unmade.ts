import type { Key } from '../contract/fact.ts';
import { knownLater, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import type { Unit } from './unit.ts';

/**
 * Check mode: the last step that was not made and would change what an action looks at, on the host of the play or on the
 * one that the task is delegated to (a port of the one is watched from the other).
 */
export function unmadeBefore(state: PlayState, unit: Unit, about: readonly Key[] | '*'): number | undefined {
  if (!state.checks(unit.work.task)) return undefined;
  const steps = [state.host, state.target].flatMap(({ overlay }) => overlay.changing(about) ?? []);
  return steps.length === 0 ? undefined : Math.max(...steps);
}

/** An action that only looks, and fails while steps are not made, may fail for want of them. */
export function excused(state: PlayState, unit: Unit, outcome: Outcome): Outcome | undefined {
  // A mistake in its arguments has nothing to do with what is not made.
  if (!unit.prepared) return undefined;
  const { module, args } = unit.prepared;
  if (module.kind !== 'action' || !module.reads(args as never)) return undefined;
  const step = unmadeBefore(state, unit, '*');
  if (step === undefined) return undefined;
  const later = knownLater(step);
  return { ...later, message: `${later.message}; now: ${outcome.message ?? 'not yet as wanted'}` };
}
