import { FettleError } from '../errors.ts';
import { cut } from './give_up.ts';
import { isHalted } from './halt.ts';
import { isTaskError } from './failure.ts';
import { itemsOf, withoutItem } from './items.ts';
import { meetOthers } from './meet_others.ts';
import type { OnceResult, OnceTask } from './once.ts';
import { gatePlace } from './play_end.ts';
import type { PlayState } from './play_state.ts';
import { runTask } from './run_task.ts';
import { known, namesOf } from './run_unit.ts';
import { allHold } from './standing.ts';
import { again, type Failure, type Left, type TaskWork } from './works.ts';

/** Runs a task on the first host for which its `when` holds; all get its register, and its failure. */
export async function runOnce(state: PlayState, work: TaskWork): Promise<Left> {
  const { host, course, context } = state;
  const task = onceTask(state, work);
  // What is to happen once after all notifications must wait for them all.
  if (work.handler) await meetOthers(state, work.place);
  for (;;) {
    context.forks.give();
    const turn = await course.once.turn(task, host.name);
    await context.forks.take();
    if (isHalted(state, work)) return again;
    // Where it was for nobody, each says so for itself.
    if (turn.kind === 'done') return turn.result ? take(state, work, turn.result) : runTask(state, work);
    if (await isWanted(state, work)) return runForAll(state, work, task);
    course.once.pass(task, host.name);
  }
}

async function runForAll(state: PlayState, work: TaskWork, task: OnceTask): Promise<Left> {
  const { host, course } = state;
  try {
    const left = await runTask(state, work);
    if (left !== again) course.once.finish(task, resultOf(state, work, left));
    return left;
  } catch (error) {
    if (!(error instanceof FettleError) || error.kind !== 'unreachable') throw error;
    // A command that may have run is not run once more by another host.
    if (state.inFlight === undefined) course.once.pass(task, host.name);
    else {
      const outcome = cut(state.inFlight, error.message);
      course.once.finish(task, resultOf(state, work, { kind: 'failed', work, outcome }));
    }
    throw error;
  }
}

/** One key for all that are to take one result: handlers and the gate belong to a batch. */
function onceTask({ course }: PlayState, { task, place, handler }: TaskWork): OnceTask {
  const isOfBatch = task.runOnce === 'batch' || handler || place[0] === gatePlace;
  const key = `${task.id} at ${place.join('.')}${isOfBatch ? ` of batch ${course.batch}` : ''}`;
  return { key, place };
}

function resultOf({ host }: PlayState, work: TaskWork, failure: Failure | undefined): OnceResult {
  const { produces } = work.task;
  const unmade = produces.flatMap((name) => {
    const step = host.unmade.get(name);
    return step === undefined ? [] : [[name, step] as const];
  });
  return {
    host: host.name,
    registers: new Map(produces.map((name) => [name, host.registers.get(name)])),
    unmade: new Map(unmade),
    ...(failure ? { failure } : {}),
  };
}

function take({ host }: PlayState, work: TaskWork, result: OnceResult): Failure | undefined {
  for (const [name, value] of result.registers) {
    if (value !== undefined) host.registers.set(name, value);
    const step = result.unmade.get(name);
    if (step === undefined) host.unmade.delete(name);
    else host.unmade.set(name, step);
  }
  if (!result.failure) return undefined;
  const message = `it runs once for all, and failed on ${result.host}`;
  return { kind: 'shared', work, outcome: { status: 'failed', changed: false, message } };
}

/** Whether its `when` holds for this host; with a loop, for one of the items. */
async function isWanted(state: PlayState, work: TaskWork): Promise<boolean> {
  const { when, loop } = work.task;
  const scope = state.scopeOf(work);
  try {
    if ((await known(state, [...namesOf(when), ...(loop?.references ?? [])], scope)) !== undefined)
      return true;
    if (!loop) return allHold(when, scope, 'when');
    // Where one of these is false the list need not be there.
    if (!allHold(withoutItem(work.task), scope, 'when')) return false;
    const items = itemsOf(loop, scope);
    return items.length === 0 || items.some((item) => allHold(when, state.scopeOfItem(work, item), 'when'));
  } catch (error) {
    if (!isTaskError(error)) throw error;
    // What is wrong with it is said where it is run.
    return true;
  }
}
