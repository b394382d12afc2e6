import { FettleError, FettleErrors } from '../errors.ts';
import { declined } from './declined.ts';
import { failureOf, isTaskError } from './failure.ts';
import { noteFailure, reportLoss } from './give_up.ts';
import { isToEnd, isToStop } from './halt.ts';
import { include } from './include.ts';
import { isLocal } from './local_work.ts';
import { runMeta } from './meta.ts';
import { fine, judgedFor, knownLater, skipped, type Outcome } from './outcome.ts';
import { nextWork } from './play_end.ts';
import type { PlayState } from './play_state.ts';
import { conclude } from './register.ts';
import { report, reportStep } from './report_task.ts';
import { runOnce } from './run_once.ts';
import { concludeSent, runTask } from './run_task.ts';
import { known } from './run_unit.ts';
import { standDown, takeOver } from './standby.ts';
import { tellRescue, unwind } from './unwind.ts';
import { readVarsFiles } from './vars_files.ts';
import { again, type EndWork, type Failure, type IncludeWork, type Left, type Work } from './works.ts';

/**
 * Takes one host through one play, at its own pace. Where the way to the host is lost, only what needs no way to it
 * goes on. Rejects where nothing more can run at all.
 */
export async function playHost(state: PlayState): Promise<void> {
  const { host, context, course } = state;
  await readVarsFiles(state);
  for (let work = nextWork(state); work; work = nextWork(state)) {
    if (context.interrupted()) return interrupt(state);
    course.reach(host.name, work.place);
    if (host.isStale) state.forgetSeen();
    const left = await step(state, work);
    if (left === again) continue;
    if (left) await leave(state, work, left);
    state.list.at += 1;
  }
}

/** Runs one work; gives its failure where the host cannot go on as if nothing was. */
async function step(state: PlayState, work: Work): Promise<Left> {
  if (work.kind === 'end') return end(state, work);
  if (state.lost && !isLocal(state, work)) return undefined;
  if (isToStop(state, work)) return stop(state, work);
  try {
    if (isToEnd(state, work)) return await endWithOthers(state, work);
    if (work.kind === 'meta') return await runMeta(state, work);
    const no = await declined(state, work);
    if (no) return no === again ? again : undefined;
    if (work.kind === 'include') return await runInclude(state, work);
    return await (work.task.runOnce ? runOnce(state, work) : runTask(state, work));
  } catch (error) {
    return await lose(state, work, error);
  }
}

async function interrupt(state: PlayState): Promise<void> {
  if (!state.lost) await concludeSent(state);
  if (state.host.status === 'ok') state.host.status = 'interrupted';
}

async function endWithOthers(state: PlayState, work: Work): Promise<undefined> {
  await concludeSent(state);
  return state.endHere(work);
}

function stop(state: PlayState, work: Work): Failure {
  const outcome = { status: 'failed', changed: false, message: state.course.stopped } as const;
  return { kind: 'blocked', work, outcome };
}

/** Where a block ends its failure goes on, and its rescue is told. */
function end(state: PlayState, { run }: EndWork): Failure | undefined {
  standDown(state, run);
  tellRescue(state, run);
  return run.failure;
}

async function runInclude(state: PlayState, work: IncludeWork): Promise<Failure | undefined> {
  const outcome = await outcomeOfInclude(state, work);
  reportStep(state, work, outcome);
  return outcome.status === 'failed' ? { kind: 'failed', work, outcome } : undefined;
}

async function outcomeOfInclude(state: PlayState, work: IncludeWork): Promise<Outcome> {
  const { when, loop, target, from } = work.include;
  const references = [
    ...when.flatMap((one) => one.references),
    ...(loop?.references ?? []),
    ...target.references,
    ...from.references,
  ];
  try {
    const later = await known(state, references, state.scopeOf(work));
    if (later !== undefined) return knownLater(later);
    const brought = work.brought ?? (await include(state, work));
    return brought.length === 0 ? skipped('when') : { ...fine, message: brought.join(', ') };
  } catch (error) {
    if (!isTaskError(error)) throw error;
    return failureOf(error);
  }
}

/** What could not even end as a failure of its own: a mistake around the task, or the way to the host. */
async function lose(state: PlayState, work: Work, error: unknown): Promise<Failure | undefined> {
  if (!(error instanceof FettleError) || error.kind === 'journal') {
    if (error instanceof FettleErrors) return fail(state, work, error);
    throw error;
  }
  if (error.kind !== 'unreachable') return fail(state, work, error);
  if (await takeOver(state, work)) {
    const message = `${error.message}; the connection that stood by has taken over`;
    const outcome = reportLoss(state, work, 'failed', { ...error, message });
    delete state.inFlight;
    return { kind: 'failed', work, outcome };
  }
  if (work.kind === 'task' && work.task.ignoreUnreachable) {
    const told = reportLoss(state, work, 'ignored', error);
    delete state.inFlight;
    await state.host.disconnect();
    conclude(state, work, [{ ...told, values: { unreachable: true } }]);
    return undefined;
  }
  const outcome = reportLoss(state, work, 'unreachable', error);
  state.lost = error;
  return { kind: 'unreachable', work, outcome: { ...outcome, message: error.message } };
}

function fail(state: PlayState, work: Work, error: Error): Failure | undefined {
  if (work.kind !== 'task') {
    const outcome = failureOf(error);
    if (work.kind !== 'end') reportStep(state, work, outcome);
    return { kind: 'failed', work, outcome };
  }
  const outcome = judgedFor(work.task, failureOf(error));
  report(state, state.unit(work), outcome);
  return outcome.status === 'failed' ? { kind: 'failed', work, outcome } : undefined;
}

/** Goes where a failure leads: a rescue, an `always`, the end of the play. */
async function leave(state: PlayState, work: Work, failure: Failure): Promise<void> {
  if (!state.lost) await concludeSent(state);
  if (work.kind === 'task' && work.handler) state.failedHandlers.add(work.task);
  for (const { run, section } of work.path) if (section === 'always') tellRescue(state, run);
  if (failure.work === work) state.failures.add(failure);
  noteFailure(state, failure, work);
  if (!unwind(state, failure, work)) state.failure = failure;
}
