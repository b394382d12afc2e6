import type { Module } from '../contract/module.ts';
import type { Answer } from './answers.ts';
import { digestOf } from './digest.ts';
import type { PlayState } from './play_state.ts';
import type { Prepared, Unit } from './unit.ts';

/** What `register` holds of a resource's state. */
export function resultOf(prepared: Prepared, state: unknown): Record<string, unknown> {
  return asResource(prepared).result?.(prepared.args, state as never) ?? {};
}

/** The module of a prepared unit that is known to be a resource. */
export function asResource(prepared: Prepared): Module<never, never> {
  return prepared.module as Module<never, never>;
}

/** What a unit's probe sees from answers that are known, or undefined while some are not. Throws why one has no answer. */
export function assemble(
  state: PlayState,
  unit: Unit,
): { readonly state: unknown; readonly digest: string } | undefined {
  const { probe, identity } = unit.prepared as Prepared;
  const questions = probe?.questions ?? [];
  const answers: unknown[] = [];
  for (const question of questions) {
    const answer = state.target.answers.get(identity.key, question);
    if (!answer) return undefined;
    answers.push(valueOf(answer));
  }
  return {
    state: probe?.assemble(answers),
    // Most of what is seen is as wanted, and its digest is asked by nobody.
    get digest() {
      return digestOf(questions, answers);
    },
  };
}

/** The value of an answer. Throws why there is none. */
export function valueOf(answer: Answer | undefined): unknown {
  if (!answer) throw new Error('a question was not asked before its answer was needed');
  if ('error' in answer) throw answer.error;
  return answer.value;
}
