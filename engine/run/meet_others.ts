import type { Place } from './place.ts';
import type { PlayState } from './play_state.ts';

/** Waits until the whole batch is as far, without a fork. */
export async function meetOthers(state: PlayState, place: Place): Promise<void> {
  if (state.course.meeting.isMet(place)) return;
  state.context.forks.give();
  await state.course.meeting.met(place);
  await state.context.forks.take();
  // What was seen before the wait may be old.
  state.host.answers.forgetAllBut(state.hostFactNames);
}
