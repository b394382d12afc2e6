import { setTimeout as sleep } from 'node:timers/promises';
import { FettleError } from '../errors.ts';
import { look } from './exchange.ts';
import { isTaskError } from './failure.ts';
import { Questions } from './gather.ts';
import { changeEnded } from './made_changes.ts';
import type { Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { asResource, assemble, resultOf } from './seen.ts';
import { show } from './show.ts';
import type { Made, MakingFailure, Prepared, Unit } from './unit.ts';

const pauseMilliseconds = 250;

/** Looks at a changed resource again: the change counts when a fresh plan is empty or the module says it is proven. */
export async function prove(state: PlayState, unit: Unit, made: Made): Promise<Outcome> {
  if (made.failure) {
    const isMade = made.count > 0;
    changeEnded(state, unit, isMade, isMade ? await digestNow(state, unit) : undefined);
    return failed(made, made.failure);
  }
  const proof = await proofOf(state, unit, made);
  const after = seenAfter(state, unit);
  changeEnded(state, unit, true, after?.digest);
  const values = after ? resultOf(unit.prepared as Prepared, after.state) : {};
  const changes = made.changes.map(show);
  if (proof === true) return { status: 'changed', changed: true, changes, values };
  return {
    status: 'failed',
    changed: true,
    changes,
    values,
    message: proof,
    next: 'something on the host takes the change back or refuses it silently: look there, then run again',
  };
}

/** Why it is not proven, where it is not; a look that fails is no proof either. */
async function proofOf(state: PlayState, unit: Unit, made: Made): Promise<true | string> {
  try {
    return await settledProof(state, unit, made);
  } catch (error) {
    if (!isTaskError(error)) throw error;
    return `it was changed, but a fresh look does not show it: ${error.message}`;
  }
}

async function settledProof(state: PlayState, unit: Unit, made: Made): Promise<true | string> {
  const prepared = unit.prepared as Prepared;
  const module = asResource(prepared);
  const until = performance.now() + 1000 * (module.settle?.(prepared.args) ?? 0);
  for (;;) {
    const after = assemble(state, unit) ?? (await lookAgain(state, unit));
    const proof = module.proven
      ? module.proven(prepared.args, made.before as never, after.state as never)
      : emptyPlan(prepared, after.state);
    if (proof !== 'wait') return proof;
    if (performance.now() > until) return 'it was changed, but its effect was not seen in time';
    await sleep(pauseMilliseconds);
    await lookAgain(state, unit);
  }
}

function emptyPlan(prepared: Prepared, after: unknown): true | string {
  const rest = asResource(prepared).plan(prepared.args, after as never);
  if (rest.length === 0) return true;
  return `it was changed, but a fresh look still asks for: ${rest.map((change) => change.what).join('; ')}`;
}

function seenAfter(state: PlayState, unit: Unit): ReturnType<typeof assemble> {
  try {
    return assemble(state, unit);
  } catch {
    // A question without an answer: the proof says so.
    return undefined;
  }
}

async function lookAgain(state: PlayState, unit: Unit) {
  const { probe, identity } = unit.prepared as Prepared;
  const questions = new Questions(identity);
  for (const question of probe?.questions ?? []) questions.add(question);
  await look(state, new Map([[identity.key, questions]]));
  const after = assemble(state, unit);
  if (!after) throw new Error('a question that was just asked has no answer');
  return after;
}

async function digestNow(state: PlayState, unit: Unit): Promise<string | undefined> {
  try {
    return (assemble(state, unit) ?? (await lookAgain(state, unit))).digest;
  } catch (error) {
    if (error instanceof FettleError && error.kind === 'unreachable') throw error;
    return undefined;
  }
}

function failed(made: Made, failure: MakingFailure): Outcome {
  const { code, said, timedOut, unjournalled, unmade } = failure;
  const what = made.changes[made.count]?.what ?? '';
  const message = unjournalled
    ? `nothing was changed, since its undo could not be kept on the host (${what})`
    : `could not ${what}: ${timedOut ? 'it did not end in time' : `exit status ${code}`}`;
  const rest = unmade.length === 0 ? '' : `not made after it: ${unmade.join('; ')}`;
  return {
    status: 'failed',
    changed: made.count > 0,
    changes: made.changes.slice(0, made.count).map(show),
    message,
    detail: [said, rest].filter((part) => part !== '').join('\n'),
    next: hint(said),
  };
}

/** The next step for what tools commonly say. */
function hint(said: string): string {
  if (/no space left|disk quota exceeded|could not store its files on the host/i.test(said))
    return 'make room on that file system (df -h; df -i), then run again';
  if (/read-only file system/i.test(said))
    return 'the file system is mounted read-only: find out why (dmesg) before you remount it';
  if (/permission denied|operation not permitted/i.test(said)) {
    return 'become a user who may do this (`become: true` or -b), or look for an immutable flag (lsattr)';
  }
  return 'mend what the host says, then run again';
}
