import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../journal/host_journal.ts';
import { defaultTimeout } from './context.ts';
import type { ChangeStarted, Emit } from './events.ts';

/** Waits until the host no longer makes a change; false where it goes on for longer than a change may, or the user wants to stop. */
export async function hasEnded(
  { emit, interrupted }: { readonly emit: Emit; readonly interrupted: () => boolean },
  host: string,
  { task, what }: ChangeStarted,
  progress: () => Promise<Progress>,
): Promise<boolean> {
  for (let seconds = 0; (await progress()) === 'running'; seconds += 1) {
    if (interrupted() || seconds > defaultTimeout) return false;
    const why = `it is still being made: ${what.join('; ')}`;
    emit({ event: 'waiting', host, task, why, seconds, limit: defaultTimeout });
    await sleep(1000);
  }
  return true;
}
