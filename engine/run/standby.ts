import { FettleError } from '../errors.ts';
import { sh } from '../shell/script.ts';
import type { Identity, Session } from '../transport/transport.ts';
import type { PlayState } from './play_state.ts';
import type { BlockRun, Work } from './works.ts';

/**
 * Opens the second connection of the blocks around a work that want one, and sees that it has become whom the work will
 * be. It is done before a change, so that a host where all is well has one connection. Throws FettleError kind `task`.
 */
export async function standBy(state: PlayState, work: Work, identity: Identity): Promise<void> {
  if (state.isDelegated) return;
  for (const { run } of work.path) {
    if (!run.block.standby || state.host.holds(keyOf(run))) continue;
    if ((await state.session()).target.transport === 'local') continue;
    try {
      await verify(await state.openSession(keyOf(run)), identity);
    } catch (error) {
      state.host.close(keyOf(run));
      if (!(error instanceof FettleError)) throw error;
      throw new FettleError('task', {
        summary: `the second connection that stands by could not be had, and nothing was changed: ${error.message}`,
        detail: error.detail,
        next: error.next,
        cause: error,
      });
    }
  }
}

/** The way to a host is lost: whether a connection that stands by has taken over. */
export async function takeOver(state: PlayState, { path }: Work): Promise<boolean> {
  for (const { run } of path.toReversed()) {
    if (!run.block.standby || !state.host.holds(keyOf(run))) continue;
    try {
      const session = await state.takeOver(keyOf(run));
      const shell = await session.shell({ key: 'login', become: null });
      await shell.send([{ kind: 'look', name: 'standby', script: sh`:` }]);
      return true;
    } catch (error) {
      if (!(error instanceof FettleError)) throw error;
    }
  }
  return false;
}

/** Closes the second connection of a block that is over. */
export function standDown(state: PlayState, run: BlockRun): void {
  if (run.block.standby) state.host.close(keyOf(run));
}

function keyOf({ around, block }: BlockRun): string {
  return `standby ${around.place.join('.')} ${block.at.line}`;
}

async function verify(session: Session, identity: Identity): Promise<void> {
  const shell = await session.shell(identity);
  const [result] = await shell.send([{ kind: 'look', name: 'standby', script: sh`id -u` }]);
  const wanted = identity.become?.user ?? session.user;
  const isRoot = result?.stdout.toString('latin1').trim() === '0';
  if (result?.code === 0 && isRoot === (wanted === 'root')) return;
  throw new FettleError('task', { summary: `it is not ${wanted}` });
}
