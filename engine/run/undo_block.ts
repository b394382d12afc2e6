import { FettleError } from '../errors.ts';
import { due } from './handlers.ts';
import type { MadeChange } from './made_changes.ts';
import { fine, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { reportStep } from './report_task.ts';
import { undoOne, type Result } from './undo.ts';
import type { Failure, MetaWork } from './works.ts';

/**
 * `meta: undo_block`: takes back on this host what the tasks of the block and of its rescue have changed so far, last
 * first, each looked at before and after. It stops at one that fails or that somebody else changed since; what cannot be
 * taken back at all is told. Handlers that ran for these changes are due again.
 */
export async function undoBlock(state: PlayState, work: MetaWork): Promise<Failure | undefined> {
  const frame = work.path.findLast(({ section }) => section === 'rescue');
  if (!frame)
    throw new FettleError('task', {
      summary: '`meta: undo_block` does not stand in the `rescue` of a block',
      next: 'put it there: it takes back what the tasks of that block have changed',
    });
  if (state.context.check) return undefined;
  const changes = state.made.filter(({ unit }) => unit.work.path.some(({ run }) => run === frame.run));
  const outcome = await takeBack(state, changes);
  reportStep(state, work, outcome);
  return outcome.status === 'failed' ? { kind: 'failed', work, outcome } : undefined;
}

async function takeBack(state: PlayState, changes: readonly MadeChange[]): Promise<Outcome> {
  const taken: string[] = [];
  const left: string[] = [];
  for (const made of changes.toReversed()) {
    const { what, handler } = made.change.started;
    const result = await onItsHost(state, made, () => takeOneBack(state, made));
    state.target.answers.forget('*');
    if (result.undone === 'undone') taken.push(...what);
    if (result.undone === 'runs again') due(state, handler ?? '');
    if (result.undone === 'impossible') left.push(`${what.join('; ')} ${result.message}`);
    if (result.undone === 'failed' || result.undone === 'moved')
      return failed(taken, `not taken back: ${what.join('; ')}: ${result.message}`, result.detail);
  }
  if (taken.length + left.length === 0) return { ...fine, message: 'there is nothing to take back' };
  return {
    status: taken.length > 0 ? 'changed' : 'ok',
    changed: taken.length > 0,
    changes: taken.map(shown),
    ...(left.length > 0 ? { message: left.join('; ') } : {}),
  };
}

async function takeOneBack(state: PlayState, made: MadeChange): Promise<Result> {
  const { identity, facts, change } = made;
  const session = await state.session();
  const { emit, interrupted } = state.context;
  const way = { check: false, emit, facts, identity: () => identity, interrupted };
  return undoOne(way, state.target.name, session, change);
}

/** A change that was delegated is taken back where it was made, when no other task is delegated there. */
async function onItsHost(
  state: PlayState,
  { unit }: MadeChange,
  act: () => Promise<Result>,
): Promise<Result> {
  if (unit.delegate === undefined) return act();
  const { forks } = state.context;
  const delegate = state.delegates(unit.delegate);
  forks.give();
  return delegate.alone(async () => {
    await forks.take();
    delegate.host.answers.forget('*');
    if (delegate.itself) delegate.itself.isStale = true;
    return state.delegated(delegate, act);
  });
}

function failed(taken: readonly string[], message: string, detail: string | undefined): Outcome {
  return {
    status: 'failed',
    changed: taken.length > 0,
    changes: taken.map(shown),
    message,
    detail,
    next: 'look at the host; the undo scripts of this run lie in its journal (/var/lib/fettle)',
  };
}

function shown(what: string) {
  return { what: `take back: ${what}`, before: null, after: null };
}
