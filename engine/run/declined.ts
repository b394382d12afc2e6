import { withoutFork } from './idle.ts';
import { nameOf } from './handlers.ts';
import { isHalted } from './halt.ts';
import { meetOthers } from './meet_others.ts';
import { skipped } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { conclude } from './register.ts';
import { report, reportStep } from './report_task.ts';
import { again, type IncludeWork, type TaskWork, type Work } from './works.ts';

/** `--step`: what the person at the terminal says of a work. Undefined where it is to be done. */
export async function declined(state: PlayState, work: Work): Promise<typeof again | 'declined' | undefined> {
  const { stepper } = state.context;
  if (!stepper || (work.kind !== 'task' && work.kind !== 'include')) return undefined;
  // What is asked for comes after all that was done before, on every host.
  await meetOthers(state, work.place);
  if (isHalted(state, work)) return again;
  const { id } = work.kind === 'task' ? work.task : work.include;
  const key = `${state.course.batch} ${work.place.join('.')} ${id}`;
  const isWanted = await withoutFork(state.context, async () => {
    try {
      return await stepper.isWanted(`${state.play.name} ${key}`, shownName(state, work));
    } catch (error) {
      if (state.context.interrupted()) return false;
      throw error;
    }
  });
  if (isHalted(state, work)) return again;
  if (isWanted) return undefined;
  decline(state, work);
  return 'declined';
}

function decline(state: PlayState, work: TaskWork | IncludeWork): void {
  const outcome = skipped('declined at --step');
  if (work.kind === 'include') reportStep(state, work, outcome);
  else {
    report(state, state.unit(work), outcome);
    conclude(state, work, [outcome]);
    // A handler that was notified and has not run is owed.
    if (work.handler) state.failedHandlers.add(work.task);
  }
}

function shownName(state: PlayState, work: TaskWork | IncludeWork): string {
  if (work.kind === 'task') return nameOf(work.task, state.scopeOf(work));
  const { name, keyword, target } = work.include;
  for (const text of [name, target]) {
    try {
      const shown = String(text.render(state.scopeOf(work)));
      return shown === keyword ? `${keyword} ${String(target.render(state.scopeOf(work)))}` : shown;
    } catch {
      // A name that cannot be made yet is not shown.
    }
  }
  return keyword;
}
