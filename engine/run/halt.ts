import type { PlayState } from './play_state.ts';
import type { Work } from './works.ts';

/** Whether a work that a host came to, or stood in line for, is not to be begun any more. */
export function isHalted(state: PlayState, work: Work): boolean {
  return state.context.interrupted() || isToEnd(state, work) || isToStop(state, work);
}

/** Whether `end_play` or `end_batch` of another host is still to be followed. */
export function isToEnd({ course, isEnding }: PlayState, work: Work): boolean {
  const isHandler = work.kind === 'task' && work.handler;
  return (course.ended || course.batchEnded) && !isEnding && !isHandler && !isMending(work);
}

/** Whether other hosts have stopped the play. */
export function isToStop({ course, isStopping }: PlayState, work: Work): boolean {
  return course.stopped !== undefined && !isStopping && !isMending(work);
}

/** What mends or cleans up after a failure goes on, whatever became of other hosts. */
function isMending({ path }: Work): boolean {
  return path.some(({ section }) => section !== 'block');
}
