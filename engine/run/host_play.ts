import { FettleError } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import type { Expression, Reference } from '../template/template.ts';
import { runAction } from './action.ts';
import { runDirective } from './directive.ts';
import type { ShownChange } from './events.ts';
import { look } from './exchange.ts';
import { failureOf, isTaskError } from './failure.ts';
import { addNotified, nameOf, notify } from './handlers.ts';
import { addHostFact, argumentReferences, expand, factQuestions, lookAhead, prepare } from './lookahead.ts';
import { fine, knownLater, registered, skipped, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { prove } from './prove.ts';
import { runResource } from './resource.ts';
import { allHold, standingOf } from './standing.ts';
import type { Prepared, Unit, Work } from './unit.ts';
import type { HostScope } from './variables.ts';

/** Takes one host through one play, at its own pace. Rejects only where the way to the host is lost. */
export async function playHost(state: PlayState): Promise<void> {
  const { host, context } = state;
  while (state.at < state.works.length || addNotified(state)) {
    if (context.interrupted()) {
      host.status = 'interrupted';
      return;
    }
    const work = state.works[state.at] as Work;
    await meet(state, work);
    if (!(await runWork(state, work))) {
      await concludeSent(state);
      host.status = 'failed';
      return;
    }
    state.at += 1;
    state.meeting.reach(host.name, state.at);
  }
}

/** Says at which task the host was given up, and why. */
export function reportEnd(state: PlayState, status: 'unreachable' | 'failed', error: FettleError): void {
  const work = state.works[Math.min(state.at, state.works.length - 1)];
  if (!work) return;
  const { message, detail, next } = error;
  const told: Outcome = { status, changed: false, message, detail, next };
  report(state, state.unit(work), state.inFlight === undefined ? told : cut(state.inFlight, message));
}

/** Whether a command that was cut has run is never guessed. */
function cut(journal: string, why: string): Outcome {
  return {
    status: 'unknown',
    changed: false,
    message: `it was sent, and then the host was lost (${why}): it may or may not have run`,
    next: `look on the host into ${journal}/progress: "1 0" means that it ended well, no line that it was not begun`,
  };
}

/** A task that names other hosts' variables waits until they are as far; it holds no fork meanwhile. */
async function meet(state: PlayState, { task }: Work): Promise<void> {
  const references = [
    ...namesOf([...task.when, ...(task.changedWhen ?? []), ...(task.failedWhen ?? [])]),
    ...argumentReferences(state, task),
    ...(task.loop?.references ?? []),
  ];
  const needsOthers = state
    .scope({ vars: task.vars })
    .roots(references)
    .some(({ root }) => root === 'hostvars');
  if (!needsOthers || state.meeting.isMet(state.at)) return;
  state.context.forks.give();
  await state.meeting.met(state.at);
  await state.context.forks.take();
  // What was seen before the wait may be old.
  state.host.answers.forgetAllBut(state.hostFactNames);
}

/** Runs a task with all its items; false stops the host. */
async function runWork(state: PlayState, work: Work): Promise<boolean> {
  const outcomes: Outcome[] = [];
  try {
    const units = await unitsOf(state, work);
    if (units.length === 0) report(state, state.unit(work), skipped('its loop has no items'));
    for (const unit of units) {
      const outcome = await runUnit(state, unit);
      unit.done = true;
      outcomes.push(outcome);
      report(state, unit, outcome);
      if (outcome.status === 'failed' || outcome.status === 'unknown') break;
    }
  } catch (error) {
    if (!isTaskError(error)) throw error;
    const outcome = judged(work.task, failureOf(error));
    outcomes.push(outcome);
    report(state, state.unit(work), outcome);
  }
  return conclude(state, work, outcomes);
}

/** Changes that went along with one that failed are proven and told, though the host goes no further. */
async function concludeSent(state: PlayState): Promise<void> {
  for (const work of state.works.slice(state.at)) {
    for (const unit of work.units ?? []) {
      if (!unit.made || unit.done) continue;
      const outcome = await prove(state, unit, unit.made);
      report(state, unit, outcome);
      if (outcome.changed) notify(state, work.task);
    }
  }
}

/** A task's units. Where its loop is not known in check mode, or not needed, one that is settled. */
async function unitsOf(state: PlayState, work: Work): Promise<readonly Unit[]> {
  if (work.units || !work.task.loop) return expand(state, work);
  const scope = state.scope({ vars: work.task.vars });
  const later = await known(state, work.task.loop.references, scope);
  if (later !== undefined) return [settled(state, work, knownLater(later))];
  try {
    return expand(state, work);
  } catch (error) {
    // An undefined list is no error while `when` is false whatever the item.
    const withoutItem = work.task.when.filter(
      ({ references }) => !references.some(({ root }) => root === work.task.loopVar),
    );
    const when = withoutItem.length > 0 && (await known(state, namesOf(withoutItem), scope)) === undefined;
    if (when && !allHold(withoutItem, scope, 'when')) return [settled(state, work, skippedBy(work.task))];
    throw error;
  }
}

function settled(state: PlayState, work: Work, outcome: Outcome): Unit {
  return Object.assign(state.unit(work), { settled: outcome });
}

function skippedBy(task: Task): Outcome {
  return skipped(`when: ${sources(task.when)}`);
}

function sources(expressions: readonly Expression[]): string {
  return expressions.map((expression) => expression.source).join(' and ');
}

async function runUnit(state: PlayState, unit: Unit): Promise<Outcome> {
  const { task } = unit.work;
  try {
    if (unit.settled) return unit.settled;
    delete unit.broken;
    const conditionLater = await known(state, namesOf(task.when), unit.scope);
    if (conditionLater !== undefined) return knownLater(conditionLater);
    if (!allHold(task.when, unit.scope, 'when')) return skippedBy(task);
    if (unit.work.handler && state.checks(task)) return { ...fine, message: 'would run', unmade: true };
    const argumentsLater = await known(state, argumentReferences(state, task), unit.scope);
    if (argumentsLater !== undefined) return knownLater(argumentsLater);
    await prepare(state, unit);
    return decide(state, unit, await dispatch(state, unit));
  } catch (error) {
    if (!isTaskError(error)) throw error;
    return judged(task, failureOf(error));
  }
}

async function dispatch(state: PlayState, unit: Unit): Promise<Outcome> {
  const { kind } = (unit.prepared as Prepared).module;
  if (kind === 'resource') return runResource(state, unit);
  if (kind === 'action') return runAction(state, unit);
  return runDirective(state, unit);
}

/** Asks for host facts until the names are known; gives the unmade step where check mode cannot know them. */
async function known(
  state: PlayState,
  references: readonly Reference[],
  scope: HostScope,
): Promise<number | undefined> {
  const standing = standingOf(references, scope, state.horizon(state.at));
  if (standing.kind === 'later') return standing.step;
  if (standing.kind !== 'facts') return undefined;
  const gathered = new Map(await lookAhead(state, { current: undefined, anew: null }));
  for (const question of factQuestions(state, standing.names)) addHostFact(gathered, question);
  await look(state, gathered);
  return undefined;
}

/** Lets `changed_when` and `failed_when` decide, which see the register. */
function decide(state: PlayState, unit: Unit, outcome: Outcome): Outcome {
  const { task } = unit.work;
  if (outcome.status === 'later' || outcome.unmade || !(task.changedWhen || task.failedWhen))
    return judged(task, outcome);
  const before = task.register === undefined ? undefined : state.host.registers.get(task.register);
  if (task.register !== undefined) state.host.registers.set(task.register, registered(outcome));
  try {
    let decided = outcome;
    if (task.changedWhen) {
      const changed = allHold(task.changedWhen, unit.scope, 'changed_when');
      decided = {
        ...decided,
        changed,
        status: decided.status === 'failed' ? 'failed' : changed ? 'changed' : 'ok',
      };
    }
    if (task.failedWhen) {
      const isFailed = allHold(task.failedWhen, unit.scope, 'failed_when');
      decided = isFailed
        ? {
            ...decided,
            status: 'failed',
            message: decided.message ?? `failed_when: ${sources(task.failedWhen)}`,
          }
        : {
            ...decided,
            status: decided.changed ? 'changed' : 'ok',
            message: undefined,
            detail: undefined,
            next: undefined,
          };
    }
    return judged(task, decided);
  } finally {
    if (task.register !== undefined) {
      if (before === undefined) state.host.registers.delete(task.register);
      else state.host.registers.set(task.register, before);
    }
  }
}

function judged(task: Task, outcome: Outcome): Outcome {
  return outcome.status === 'failed' && task.ignoreErrors ? { ...outcome, status: 'ignored' } : outcome;
}

function conclude(state: PlayState, work: Work, outcomes: readonly Outcome[]): boolean {
  const { task } = work;
  const unmade = outcomes.find((outcome) => outcome.unmade);
  for (const name of task.produces) {
    if (unmade) state.host.unmade.set(name, unmade.later ?? work.step);
    else state.host.unmade.delete(name);
  }
  if (task.register !== undefined) state.host.registers.set(task.register, registerOf(state, work, outcomes));
  const isOnlyLook = state.checks(task) && !state.context.check;
  if (!isOnlyLook && outcomes.some((outcome) => outcome.changed)) notify(state, task);
  const last = outcomes.at(-1)?.status;
  return last !== 'failed' && last !== 'unknown';
}

function registerOf(state: PlayState, { task }: Work, outcomes: readonly Outcome[]): unknown {
  const isSkipped = outcomes.length === 0 || outcomes.every((outcome) => outcome.status === 'skipped');
  if (isSkipped) {
    const kept = state.host.registers.get(task.register as string);
    return {
      ...(typeof kept === 'object' ? kept : { failed: false }),
      changed: false,
      skipped: true,
      ...(task.loop ? { results: outcomes.map(registered) } : {}),
    };
  }
  if (!task.loop) return registered(outcomes[0] as Outcome);
  const results = outcomes.map(registered);
  return {
    results,
    changed: results.some((result) => result['changed']),
    failed: results.some((result) => result['failed']),
    skipped: false,
  };
}

function report(state: PlayState, unit: Unit, outcome: Outcome): void {
  const { work } = unit;
  const { task } = work;
  state.host.count(outcome.status);
  const isHidden = task.noLog === true;
  state.context.emit({
    event: 'task_ended',
    host: state.host.name,
    task: nameOf(task, unit.scope),
    module: task.module.name,
    position: { file: task.at.file, line: task.at.line, column: task.at.column },
    handler: work.handler,
    ...(unit.label === undefined ? {} : { item: isHidden ? hidden : unit.label }),
    status: outcome.status,
    changes: (outcome.changes ?? []).map((change) => shownFor(task, change)),
    ...(task.diff === undefined ? {} : { diff: task.diff }),
    ...(outcome.message === undefined ? {} : { message: isHidden ? hidden : outcome.message }),
    ...(outcome.detail && !isHidden ? { detail: outcome.detail } : {}),
    ...(outcome.output && !isHidden ? { output: outcome.output } : {}),
    ...(outcome.next === undefined ? {} : { next: outcome.next }),
    ...(outcome.assuming === undefined ? {} : { assuming: outcome.assuming }),
    step: work.step,
  });
}

const hidden = '(hidden by no_log)';

function shownFor({ noLog, diff }: Task, change: ShownChange): ShownChange {
  if (noLog) return { what: hidden, before: null, after: null };
  return diff === false ? { ...change, before: null, after: null } : change;
}

function namesOf(expressions: readonly Expression[]): readonly Reference[] {
  return expressions.flatMap((expression) => expression.references);
}
