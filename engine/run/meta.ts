import { flush } from './handlers.ts';
import type { PlayState } from './play_state.ts';
import { meetOthers } from './meet_others.ts';
import { known, namesOf } from './run_unit.ts';
import { allHold } from './standing.ts';
import { undoBlock } from './undo_block.ts';
import type { Failure, MetaWork } from './works.ts';

/** Does what a `meta` step says. */
export async function runMeta(state: PlayState, work: MetaWork): Promise<Failure | undefined> {
  const { action, when = [], handlers } = work.meta;
  const scope = state.scopeOf(work);
  // Check mode cannot tell: what comes after is shown.
  if ((await known(state, namesOf(when), scope)) !== undefined) return undefined;
  if (!allHold(when, scope, 'when')) return undefined;
  switch (action) {
    case 'flush_handlers':
      flush(state, work);
      return undefined;
    case 'meet':
      await meetOthers(state, work.place);
      return undefined;
    case 'end_play':
    case 'end_batch':
      if (action === 'end_play') state.course.ended = true;
      else state.course.batchEnded = true;
      return state.endHere(work, handlers);
    case 'end_host':
      return state.endHere(work, handlers);
    case 'reset_connection':
      await state.host.disconnect();
      return undefined;
    case 'clear_facts':
      state.host.answers.forgetAllBut(new Set());
      return undefined;
    case 'undo_block':
      return undoBlock(state, work);
    case 'noop':
      return undefined;
  }
}
