import { nameOf } from './handlers.ts';
import { registered } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { tainted } from './taint.ts';
import { worksOfSection, type BlockRun, type Failure, type Frame, type Work } from './works.ts';

/**
 * Leaves the block at hand after a failure: its rescue comes next, else its `always`, else what is around the block.
 * Gives whether anything is left to run.
 */
export function unwind(state: PlayState, failure: Failure, from: Work): boolean {
  const frame = from.path.at(-1);
  if (!frame) {
    state.drop(from, () => true);
    return false;
  }
  const { run, section } = frame;
  if (rescues(state, frame, failure)) {
    run.rescues = failure;
    leave(state, from, frame, ['block']);
    tellFailed(state, failure);
    state.list.insertAfter(from, worksOfSection(run, 'rescue'));
    return true;
  }
  run.failure = failure;
  if (section === 'rescue') run.isRescueOver = true;
  leave(state, from, frame, section === 'always' ? ['always'] : ['block', 'rescue']);
  return true;
}

/** Tells of a rescue that has mended what failed in its block; a rescue on the way that did not help counts as mended too. */
export function tellRescue(state: PlayState, run: BlockRun): void {
  if (!run.rescues || run.isRescueOver) return;
  run.isRescueOver = true;
  for (const failure of state.failures) {
    if (!failure.work.path.some((frame) => frame.run === run && frame.section !== 'always')) continue;
    state.failures.delete(failure);
    state.host.rescue(failure);
  }
  const { work } = run.rescues;
  const task = work.kind === 'task' ? nameOf(work.task, state.scopeOf(work)) : work.kind;
  state.context.emit({ event: 'rescued', host: state.host.name, task });
}

/** Whether a block around a work has a rescue for its failure. */
export function isCaught(state: PlayState, failure: Failure, { path }: Work): boolean {
  return path.some((frame) => rescues(state, frame, failure));
}

function rescues({ doomed }: PlayState, { run, section }: Frame, { kind }: Failure): boolean {
  const mayBe = kind === 'failed' || kind === 'shared';
  return mayBe && section === 'block' && run.block.rescue.length > 0 && !doomed.has(run);
}

/** Drops what is left of some sections of a block; its end stays, where the failure goes on. */
function leave(state: PlayState, from: Work, { run }: Frame, sections: readonly Frame['section'][]): void {
  state.drop(from, ({ path }) => path.some((frame) => frame.run === run && sections.includes(frame.section)));
}

/** What a rescue may ask of its failure, under Ansible's names. */
function tellFailed(state: PlayState, { work, outcome }: Failure): void {
  const task = work.kind === 'task' ? work.task : undefined;
  state.host.registers.set('ansible_failed_task', {
    name: task ? nameOf(task, state.scopeOf(work)) : '',
    action: task?.module.name ?? work.kind,
  });
  const result = registered(outcome);
  state.host.registers.set(
    'ansible_failed_result',
    task?.noLog ? tainted(result, state.context.hide) : result,
  );
}
