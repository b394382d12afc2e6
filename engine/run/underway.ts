import type { PlayState } from './play_state.ts';
import { Progress } from './progress.ts';
import type { Unit } from './unit.ts';

/** What goes on at a host, told of once it lasts longer than a second: a command, a wait, a transfer, a transaction. */
export async function underway<Value>(
  state: PlayState,
  unit: Unit,
  what: string,
  act: () => Promise<Value>,
): Promise<Value> {
  const progress = new Progress(state, unit, unit.work.task.timeout);
  const timer = setInterval(() => progress.tell(what), 1000);
  try {
    return await act();
  } finally {
    clearInterval(timer);
  }
}
