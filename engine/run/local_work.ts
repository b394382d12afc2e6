import type { PlayState } from './play_state.ts';
import type { Work } from './works.ts';

const here = new Set(['localhost', '127.0.0.1', '::1']);

/** Whether a work needs no way to its host: a directive, an include, or a task that is delegated to the controller. */
export function isLocal(state: PlayState, work: Work): boolean {
  if (work.kind !== 'task') return work.kind === 'include';
  const { module, delegateTo } = work.task;
  if (!delegateTo) return module.kind === 'directive';
  try {
    return here.has(String(delegateTo.render(state.scopeOf(work))));
  } catch {
    return false;
  }
}
