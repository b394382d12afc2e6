import { FettleError } from '../errors.ts';
import type { Run } from '../contract/module.ts';
import { actionFrame } from './action_frame.ts';
import { act } from './exchange.ts';
import type { Bring } from './keep.ts';
import type { PlayState } from './play_state.ts';
import type { Prepared, Unit } from './unit.ts';

/** Asks the host for more of what an action reads, by scripts that only look. */
export function bringing(state: PlayState, unit: Unit, run: Run): Bring {
  return async (script) => {
    const frame = await actionFrame(state, unit, { ...run, script }, true);
    const { identity } = unit.prepared as Prepared;
    const { code, stdout, stderr, timedOut } = await act(state, identity, frame, new Map(), []);
    if (code === 0 && !timedOut) return stdout;
    throw new FettleError('task', {
      summary: timedOut ? `${run.what}: it did not end within its time limit` : `${run.what}: it broke off`,
      detail: stderr.toString('utf8').trim(),
      next: 'see whether the file is still there, and run again',
    });
  };
}
