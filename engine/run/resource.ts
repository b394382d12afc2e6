import { CannotPlan, type Change } from '../contract/change.ts';
import { FettleError } from '../errors.ts';
import { look } from './exchange.ts';
import { lookAhead } from './lookahead.ts';
import { make } from './make.ts';
import { fine, knownLater, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { prove } from './prove.ts';
import { asResource, resultOf, valueOf } from './seen.ts';
import { show } from './show.ts';
import type { Prepared, Unit } from './unit.ts';

/** Looks, plans and, where something is missing, changes and proves one resource. */
export async function runResource(state: PlayState, unit: Unit): Promise<Outcome> {
  if (unit.made) return prove(state, unit, unit.made);
  const prepared = unit.prepared as Prepared;
  const seen = await stateOf(state, unit);
  if ('later' in seen) return knownLater(seen.later);
  const changes = planOrLater(state, prepared, seen.state);
  if (typeof changes === 'number') return knownLater(changes);
  const assuming = state.overlay.opaque === undefined ? {} : { assuming: state.overlay.opaque };
  if (changes.length === 0) return { ...fine, ...assuming, values: resultOf(prepared, seen.state) };
  if (state.context.check) {
    state.overlay.add(unit.work.step, changes);
    return { status: 'changed', changed: true, changes: changes.map(show), unmade: true, ...assuming };
  }
  const made = await make(state, unit, changes, seen.state);
  return prove(state, unit, made);
}

/** The state as check mode foresees it, or as it is seen. */
async function stateOf(
  state: PlayState,
  unit: Unit,
): Promise<{ readonly state: unknown } | { readonly later: number }> {
  const { probe, identity } = unit.prepared as Prepared;
  const questions = probe?.questions ?? [];
  const foreseen = questions.map((question) => state.overlay.foresee(question));
  const later = foreseen.find((one) => one.kind === 'later');
  if (later) return { later: later.step };
  const isMissing = questions.some(
    (question, index) =>
      foreseen[index]?.kind === 'as seen' && !state.host.answers.get(identity.key, question),
  );
  if (isMissing) await look(state, await lookAhead(state, { current: unit, anew: null }));
  const answers = questions.map((question, index) => {
    const ahead = foreseen[index];
    if (ahead?.kind === 'predicted') return ahead.answer;
    return valueOf(state.host.answers.get(identity.key, question));
  });
  return { state: probe?.assemble(answers) };
}

/** The changes, or the step that must be made before they are known. */
function planOrLater(state: PlayState, prepared: Prepared, seen: unknown): readonly Change[] | number {
  try {
    return asResource(prepared).plan(prepared.args, seen as never);
  } catch (error) {
    if (!(error instanceof CannotPlan)) throw error;
    const pending = state.context.check && error.missing ? state.overlay.last : undefined;
    if (pending !== undefined) return pending;
    throw new FettleError('task', { summary: error.message, next: error.next, cause: error });
  }
}
