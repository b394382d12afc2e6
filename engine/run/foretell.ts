import type { Probe } from '../contract/probe.ts';
import { look } from './exchange.ts';
import { Questions } from './gather.ts';
import type { PlayState } from './play_state.ts';
import { valueOf } from './seen.ts';
import type { Prepared, Unit } from './unit.ts';

/** What an action would do, null where it is not needed, or the step that must be made before that is known. */
export type Foretold = { readonly text: string | null } | { readonly later: number };

/** Asks what check mode is to say of an action that it does not run, on top of what earlier steps would change. */
export async function foretell(state: PlayState, unit: Unit, probe: Probe<string | null>): Promise<Foretold> {
  const { identity } = unit.prepared as Prepared;
  const { answers, overlay } = state.target;
  const foreseen = probe.questions.map((question) => overlay.foresee(question));
  const later = foreseen.find((one) => one.kind === 'later');
  if (later) return { later: later.step };
  const missing = new Questions(identity);
  probe.questions.forEach((question, index) => {
    if (foreseen[index]?.kind === 'as seen' && !answers.get(identity.key, question)) missing.add(question);
  });
  if (missing.size > 0) await look(state, new Map([[identity.key, missing]]));
  return {
    text: probe.assemble(
      probe.questions.map((question, index) => {
        const ahead = foreseen[index];
        return ahead?.kind === 'predicted' ? ahead.answer : valueOf(answers.get(identity.key, question));
      }),
    ),
  };
}
