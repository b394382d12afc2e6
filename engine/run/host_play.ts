import { FettleError, FettleErrors } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import { runAction } from './action.ts';
import { runDirective } from './directive.ts';
import { look } from './exchange.ts';
import { Questions } from './gather.ts';
import { loginIdentity } from './host.ts';
import { argumentReferences, expand, factQuestions, lookAhead, prepare } from './lookahead.ts';
import { fine, knownLater, registered, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { runResource } from './resource.ts';
import { allHold, standingOf } from './standing.ts';
import type { Prepared, Unit, Work } from './unit.ts';
import type { Expression, Reference } from '../template/template.ts';
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
      host.status = 'failed';
      return;
    }
    state.at += 1;
    state.meeting.reach(host.name, state.at);
  }
}

/** The names of handlers that were notified and have not run. */
export function owed(state: PlayState): readonly string[] {
  const waiting = state.works.slice(state.at).filter((work) => work.handler);
  return [...state.notified, ...waiting.map((work) => work.task)].map((task) =>
    nameOf(task, state.scope({ vars: {} })),
  );
}

/** Says at which task the way to the host was lost. */
export function reportLost(state: PlayState, error: FettleError): void {
  const work = state.works[Math.min(state.at, state.works.length - 1)];
  if (!work) return;
  report(state, state.unit(work), {
    status: 'unreachable',
    changed: false,
    message: error.message,
    detail: error.detail,
    next: error.next,
  });
}

/** The name of a task as shown: rendered where it can be. */
export function nameOf(task: Task, scope: HostScope): string {
  try {
    return String(task.name.render(scope));
  } catch {
    return task.module.name;
  }
}

/** Handlers run after the tasks, in the order of their definition, each once. */
function addNotified(state: PlayState): boolean {
  const due = state.play.handlers.filter((handler) => state.notified.has(handler));
  state.notified.clear();
  for (const handler of due) state.addWork(handler, true);
  return due.length > 0;
}

/** A task that names other hosts' variables waits until they are as far; it holds no fork meanwhile. */
async function meet(state: PlayState, { task }: Work): Promise<void> {
  const references = [
    ...task.when.flatMap((when) => when.references),
    ...task.args.values.references,
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
    for (const unit of await unitsOf(state, work)) {
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

/** A task's units; none where it is skipped before its loop is known. */
async function unitsOf(state: PlayState, work: Work): Promise<readonly Unit[]> {
  if (work.units || !work.task.loop) return expand(state, work);
  const scope = state.scope({ vars: work.task.vars });
  const later = await known(state, work.task.loop.references, scope);
  if (later !== undefined) return [Object.assign(state.unit(work), { broken: new Later(later) })];
  try {
    return expand(state, work);
  } catch (error) {
    // An undefined list is no error while `when` is false whatever the item.
    const withoutItem = work.task.when.filter(
      ({ references }) => !references.some(({ root }) => root === work.task.loopVar),
    );
    const when = withoutItem.length > 0 && (await known(state, namesOf(withoutItem), scope)) === undefined;
    if (when && !allHold(withoutItem, scope, 'when')) return [state.unit(work)];
    throw error;
  }
}

async function runUnit(state: PlayState, unit: Unit): Promise<Outcome> {
  const { task } = unit.work;
  try {
    if (unit.broken instanceof Later) return knownLater(unit.broken.step);
    delete unit.broken;
    const conditionLater = await known(state, namesOf(task.when), unit.scope);
    if (conditionLater !== undefined) return knownLater(conditionLater);
    if (!allHold(task.when, unit.scope, 'when')) {
      return {
        status: 'skipped',
        changed: false,
        message: `when: ${task.when.map((when) => when.source).join(' and ')}`,
      };
    }
    if (unit.work.handler && state.context.check) return { ...fine, message: 'would run', unmade: true };
    const argumentsLater = await known(state, argumentReferences(unit), unit.scope);
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
  const login = gathered.get(loginIdentity.key) ?? new Questions(loginIdentity);
  for (const question of factQuestions(state, standing.names)) login.add(question);
  await look(state, gathered.set(loginIdentity.key, login));
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
      const message = isFailed
        ? (decided.message ?? `failed_when: ${task.failedWhen.map((when) => when.source).join(' and ')}`)
        : undefined;
      decided = { ...decided, status: isFailed ? 'failed' : decided.changed ? 'changed' : 'ok', message };
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
  if (unmade) for (const name of task.produces) state.unmade.set(name, unmade.later ?? work.step);
  else for (const name of task.produces) state.unmade.delete(name);
  if (task.register !== undefined) state.host.registers.set(task.register, registerOf(state, work, outcomes));
  if (outcomes.some((outcome) => outcome.changed)) notify(state, task);
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

function notify(state: PlayState, task: Task): void {
  const scope = state.scope({ vars: task.vars });
  for (const template of task.notify) {
    const wanted = String(template.render(scope));
    const handlers = state.play.handlers.filter(
      (handler) => handler.listen.includes(wanted) || nameOf(handler, scope) === wanted,
    );
    if (handlers.length === 0) {
      throw new FettleError('task', {
        summary: `no handler is named ${wanted}`,
        next: `handlers of this play: ${state.play.handlers.map((handler) => nameOf(handler, scope)).join(', ') || 'none'}`,
        position: template.at,
      });
    }
    for (const handler of handlers) state.notified.add(handler);
    state.context.emit({ event: 'handler_notified', host: state.host.name, handler: wanted });
  }
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
    changes: isHidden
      ? (outcome.changes ?? []).map(() => ({ what: hidden, before: null, after: null }))
      : (outcome.changes ?? []),
    ...(outcome.message === undefined ? {} : { message: isHidden ? hidden : outcome.message }),
    ...(outcome.detail && !isHidden ? { detail: outcome.detail } : {}),
    ...(outcome.output && !isHidden ? { output: outcome.output } : {}),
    ...(outcome.next === undefined ? {} : { next: outcome.next }),
    ...(outcome.assuming === undefined ? {} : { assuming: outcome.assuming }),
    step: work.step,
  });
}

const hidden = '(hidden by no_log)';

function namesOf(expressions: readonly Expression[]): readonly Reference[] {
  return expressions.flatMap((expression) => expression.references);
}

/** What is one task's failure; all else ends the host. */
function isTaskError(error: unknown): error is Error {
  return !(error instanceof FettleError && (error.kind === 'unreachable' || error.kind === 'journal'));
}

function failureOf(error: Error): Outcome {
  const first = error instanceof FettleErrors ? error.errors[0] : error;
  const { detail, next, position } =
    first instanceof FettleError ? first : { detail: undefined, next: undefined, position: undefined };
  const place = position ? ` (${position.file}:${position.line}:${position.column})` : '';
  const isOurs = first instanceof FettleError;
  return {
    status: 'failed',
    changed: false,
    message: `${first?.message ?? String(error)}${place}`,
    detail: isOurs ? detail : error.stack,
    next: isOurs ? next : 'this is a fault of fettle: please report it with the text above',
  };
}

/** Marks a loop that check mode cannot know yet. */
class Later extends Error {
  readonly step: number;

  constructor(step: number) {
    super('known later');
    this.step = step;
  }
}
