import { FettleError } from '../errors.ts';
import { cut, isFailed, noteFailure } from './give_up.ts';
import { isHalted } from './halt.ts';
import { judgedFor, notBegun, type Outcome } from './outcome.ts';
import type { Delegate } from './play_parts.ts';
import type { PlayState } from './play_state.ts';
import type { Unit } from './unit.ts';

/**
 * Acts on the host that a task is delegated to, one task at a time there. Variables, facts and registers stay those of
 * the original host; the connection and the journal are the delegate's.
 */
export async function withDelegate(
  state: PlayState,
  unit: Unit,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  const { delegateTo } = unit.work.task;
  if (!delegateTo) return act();
  const name = delegateTo.render(unit.scope);
  if (typeof name !== 'string' || name === '')
    throw new FettleError('task', {
      summary: '`delegate_to` must be the name of one host',
      next: 'for several hosts, loop over them: `loop: "{{ groups.web }}"` and `delegate_to: "{{ item }}"`',
      position: delegateTo.at,
    });
  const isItself = name === state.host.name;
  if (!isItself) unit.delegate = name;
  const { forks } = state.context;
  const delegate = state.delegates(name);
  forks.give();
  return delegate.alone(async () => {
    await forks.take();
    if (isTooLate(state, unit)) return notBegun;
    const outcome = await (isItself ? act() : actThere(state, unit, delegate, act));
    // Whoever is next in line knows of a failure before the turn comes.
    if (isFailed(judgedFor(unit.work.task, outcome)))
      noteFailure(state, { kind: 'failed', work: unit.work, outcome });
    return outcome;
  });
}

/** Whether it stood in line for too long. A loop that has begun is ended, unless the user wants to stop. */
function isTooLate(state: PlayState, { work }: Unit): boolean {
  const isBegun = work.units?.some(({ done }) => done) ?? false;
  return isBegun ? state.context.interrupted() : isHalted(state, work);
}

async function actThere(
  state: PlayState,
  unit: Unit,
  delegate: Delegate,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  // Others may have been there since.
  delegate.host.answers.forgetAllBut(new Set());
  try {
    const outcome = await state.delegated(delegate, act);
    // Where the delegate goes through a play of its own, what it has told may be old from its next task on.
    if (outcome.changed && delegate.itself) delegate.itself.isStale = true;
    return outcome;
  } catch (error) {
    if (!(error instanceof FettleError) || error.kind !== 'unreachable') throw error;
    return lost(state, unit, delegate, error);
  }
}

/** The host itself can still be reached: it is its task that failed. */
async function lost(
  state: PlayState,
  unit: Unit,
  { host }: Delegate,
  { message, detail, next }: FettleError,
): Promise<Outcome> {
  const { inFlight } = state;
  delete state.inFlight;
  if (inFlight !== undefined) return cut(inFlight, message);
  const status = unit.work.task.ignoreUnreachable ? 'ignored' : 'failed';
  const values = { unreachable: true };
  return {
    status,
    changed: false,
    message: `${host.name}, to which it is delegated: ${message}`,
    detail,
    next,
    values,
  };
}
