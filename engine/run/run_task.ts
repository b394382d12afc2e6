import { setTimeout as sleep } from 'node:timers/promises';
import { argumentReferences, expand } from './lookahead.ts';
import { failureOf, isTaskError } from './failure.ts';
import { isFailed, noteFailure } from './give_up.ts';
import { isHalted } from './halt.ts';
import { withoutItem } from './items.ts';
import { meetOthers } from './meet_others.ts';
import { judgedFor, knownLater, notBegun, skipped, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { prove } from './prove.ts';
import { conclude, sources } from './register.ts';
import { notify } from './handlers.ts';
import { report } from './report_task.ts';
import { known, namesOf, runUnit } from './run_unit.ts';
import { allHold } from './standing.ts';
import type { Unit } from './unit.ts';
import { again, type Left, type TaskWork } from './works.ts';

/** Runs a task with all its items; gives its failure where the host cannot go on as if nothing was. */
export async function runTask(state: PlayState, work: TaskWork): Promise<Left> {
  await meet(state, work);
  if (isHalted(state, work)) return again;
  const { throttle } = work.task;
  if (throttle === undefined) return runItems(state, work);
  const { forks } = state.context;
  forks.give();
  return state.course.throttles.within(`task ${work.task.id}`, throttle, async () => {
    await forks.take();
    if (isHalted(state, work)) return again;
    const left = await runItems(state, work);
    // Whoever is next in line knows of it before the turn comes.
    if (left && left !== again) noteFailure(state, left);
    return left;
  });
}

/** Changes that went along with one that failed are proven and told, though they are left behind. */
export async function concludeSent(state: PlayState): Promise<void> {
  for (const work of state.works.slice(state.at)) {
    if (work.kind !== 'task') continue;
    for (const unit of work.units ?? []) {
      if (!unit.made || unit.done) continue;
      const outcome = await prove(state, unit, unit.made);
      unit.done = true;
      report(state, unit, outcome);
      if (outcome.changed) notify(state, work.task, [unit]);
    }
  }
}

/** A task that names other hosts' variables waits until they are as far; it holds no fork meanwhile. */
async function meet(state: PlayState, work: TaskWork): Promise<void> {
  const { task } = work;
  const references = [
    ...namesOf([
      ...task.when,
      ...(task.changedWhen ?? []),
      ...(task.failedWhen ?? []),
      ...(task.until ?? []),
    ]),
    ...argumentReferences(state, task),
    ...(task.loop?.references ?? []),
    ...(task.delegateTo?.references ?? []),
  ];
  const needsOthers = state
    .scopeOf(work)
    .roots(references)
    .some(({ root }) => root === 'hostvars');
  if (needsOthers || state.isLinear) await meetOthers(state, work.place);
}

async function runItems(state: PlayState, work: TaskWork): Promise<Left> {
  const outcomes: Outcome[] = [];
  let units: readonly Unit[] = [];
  try {
    units = await unitsOf(state, work);
    if (units.length === 0) report(state, state.unit(work), skipped('its loop has no items'));
    for (const [index, unit] of units.entries()) {
      if (index > 0 && !(await betweenItems(state, work))) break;
      const outcome = await runUnit(state, unit);
      if (outcome === notBegun) {
        if (index === 0) return again;
        break;
      }
      unit.done = true;
      outcomes.push(outcome);
      report(state, unit, outcome);
      if (isFailed(outcome)) work.isFailing = true;
      // The other items get their turn, as in Ansible, unless nobody knows what became of this one.
      if (outcome.status === 'unknown') break;
    }
  } catch (error) {
    if (!isTaskError(error)) throw error;
    const unit = state.unit(work);
    const outcome = judgedFor(work.task, failureOf(error));
    outcomes.push(outcome);
    report(state, unit, outcome);
  }
  conclude(state, work, outcomes, units);
  const failed = outcomes.find(isFailed);
  return failed && { kind: 'failed', work, outcome: failed };
}

/** The pause that `loop_control` asks for; false where the run was interrupted. */
async function betweenItems(state: PlayState, { task }: TaskWork): Promise<boolean> {
  const { pause } = task.loopControl;
  if (pause !== undefined && !state.checks(task)) {
    state.context.forks.give();
    await sleep(pause * 1000);
    await state.context.forks.take();
  }
  return !state.context.interrupted();
}

/** A task's units. Where its loop is not known in check mode, or not needed, one that is settled. */
async function unitsOf(state: PlayState, work: TaskWork): Promise<readonly Unit[]> {
  const { task } = work;
  if (work.units || !task.loop) return expand(state, work);
  const scope = state.scopeOf(work);
  const later = await known(state, task.loop.references, scope);
  if (later !== undefined) return [settled(state, work, knownLater(later))];
  try {
    return expand(state, work);
  } catch (error) {
    // An undefined list is no error while `when` is false whatever the item.
    const conditions = withoutItem(task);
    const isKnown = conditions.length > 0 && (await known(state, namesOf(conditions), scope)) === undefined;
    if (isKnown && !allHold(conditions, scope, 'when'))
      return [settled(state, work, skipped(`when: ${sources(task.when)}`))];
    throw error;
  }
}

function settled(state: PlayState, work: TaskWork, outcome: Outcome): Unit {
  return Object.assign(state.unit(work), { settled: outcome });
}
