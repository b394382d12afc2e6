import type { FettleError } from '../errors.ts';
import type { Outcome } from './outcome.ts';
import { gatePlace } from './play_end.ts';
import type { PlayState } from './play_state.ts';
import { report, reportStep } from './report_task.ts';
import { isCaught } from './unwind.ts';
import type { Failure, Work } from './works.ts';

/** Whether a task is over for its host with that, unless its failure is ignored. */
export function isFailed({ status }: Outcome): boolean {
  return status === 'failed' || status === 'unknown';
}

/** Gives a host up for a failure unless a rescue is to come. */
export function noteFailure(state: PlayState, failure: Failure, from = failure.work): void {
  if (isCaught(state, failure, from)) return;
  for (const { run } of from.path) state.doomed.add(run);
  giveUpFor(state, failure);
}

/**
 * Notes that a host will not end its play well, as soon as nothing is left that could rescue it: the others need not
 * wait for its cleaning up to hear of it.
 */
function giveUpFor(state: PlayState, failure: Failure): void {
  const { host, course } = state;
  // It goes its own way from here: the end of a play that others caused no longer concerns it.
  state.isStopping = true;
  const { kind, work, outcome } = [...state.failures, failure].find(isOwn) ?? failure;
  if (host.status === 'unreachable' || (host.status === 'failed' && !state.lost)) return;
  if (kind === 'shared' || kind === 'blocked') {
    host.status = 'blocked';
    host.blockedBy = outcome.message;
    return;
  }
  host.status = state.lost ? 'unreachable' : 'failed';
  host.blockedBy = undefined;
  host.error = state.lost;
  course.lose(host, work.kind === 'task' ? work.task.anyErrorsFatal : undefined);
  if (work.place[0] === gatePlace) course.close(`gate: ${host.name} did not pass`);
}

/** Whether it is the host's own failure, and not one that it shares. */
function isOwn({ kind }: Failure): boolean {
  return kind === 'failed' || kind === 'unreachable';
}

/** Gives a host up where it stands: nothing more of its play can run. */
export function giveUp({ host, course }: PlayState, error: FettleError): void {
  host.error = error;
  host.status = error.kind === 'unreachable' ? 'unreachable' : 'failed';
  course.lose(host, undefined);
}

/** Says at which task a host was given up, and why. */
export function reportEnd(state: PlayState, error: FettleError): void {
  const work = state.works.slice(state.at).find((one) => one.kind === 'task');
  if (work) reportLoss(state, work, error.kind === 'unreachable' ? 'unreachable' : 'failed', error);
}

/** Tells that a work could not be ended, and gives what it came to: a command that was sent may have run. */
export function reportLoss(
  state: PlayState,
  work: Work,
  status: 'unreachable' | 'failed' | 'ignored',
  { message, detail, next }: Pick<FettleError, 'message' | 'detail' | 'next'>,
): Outcome {
  const told: Outcome =
    state.inFlight === undefined
      ? { status, changed: false, message, detail, next }
      : cut(state.inFlight, message);
  if (work.kind === 'task') report(state, state.unit(work), told);
  else if (work.kind !== 'end') reportStep(state, work, told);
  return told;
}

/** Whether a command that was cut has run is never guessed. */
export function cut(journal: string, why: string): Outcome {
  return {
    status: 'unknown',
    changed: false,
    message: `it was sent, and then the host was lost (${why}): it may or may not have run`,
    next: `look on the host into ${journal}/progress: "1 0" means that it ended well, no "1 started" that it was not begun`,
  };
}
