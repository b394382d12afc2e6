import type { Question } from '../contract/fact.ts';
import { look } from './exchange.ts';
import { lookAhead } from './lookahead.ts';
import type { Foreseen } from './overlay.ts';
import type { PlayState } from './play_state.ts';
import { valueOf } from './seen.ts';
import type { Prepared, Unit } from './unit.ts';

/** What a probe or guard sees, or the step that must be made before it is known. */
export type Sight = { readonly state: unknown } | { readonly later: number };

/** A unit's state as it is seen, in check mode as earlier steps would make it; the host is asked what is not known. */
export async function sightOf(state: PlayState, unit: Unit): Promise<Sight> {
  const { probe, identity } = unit.prepared as Prepared;
  const questions = probe?.questions ?? [];
  const isCheck = state.checks(unit.work.task);
  const foreseen = questions.map((question): Foreseen => {
    return isCheck ? state.target.overlay.foresee(question) : { kind: 'as seen' };
  });
  const later = foreseen.find((one) => one.kind === 'later');
  if (later) return { later: later.step };
  const isAsked = (question: Question): boolean =>
    state.target.answers.get(identity.key, question) !== undefined;
  if (!questions.every((question, index) => foreseen[index]?.kind === 'predicted' || isAsked(question)))
    await look(state, await lookAhead(state, { current: unit, anew: null }));
  const answers = questions.map((question, index) => {
    const ahead = foreseen[index];
    if (ahead?.kind === 'predicted') return ahead.answer;
    return valueOf(state.target.answers.get(identity.key, question));
  });
  return { state: probe?.assemble(answers) };
}
