import type { Fact, Question } from '../contract/fact.ts';
import type { Action } from '../contract/module.ts';
import type { Task } from '../load/playbook.ts';
import type { Reference } from '../template/template.ts';
import type { Identity } from '../transport/transport.ts';
import { Questions } from './gather.ts';
import { handlersAhead } from './handlers.ts';
import { loginIdentity } from './host.ts';
import { includeAhead } from './include.ts';
import { itemsOf } from './items.ts';
import type { PlayState } from './play_state.ts';
import { allHold, type Horizon, type Standing, standingOf } from './standing.ts';
import { laterReferences } from './templates.ts';
import type { Unit } from './unit.ts';
import type { TaskWork, Work } from './works.ts';

/** Questions by the identity that asks them. */
export type ByIdentity = ReadonlyMap<string, Questions>;

export interface LookAheadOptions {
  /** The unit at hand, whose own text of the user's may be asked. */
  readonly current: Unit | undefined;
  /** Asks this identity everything anew, since it is about to make a change; null asks what is not known. */
  readonly anew: Identity | null;
  /** The tasks that are about to change something, so that the handlers they notify are looked at too. */
  readonly changing?: readonly Task[];
  /** Host facts are asked anew as well, where anything may change. */
  readonly hostFacts?: boolean;
}

/** Gathers the questions of the work at hand and of all that follows and is known by now. */
export async function lookAhead(state: PlayState, options: LookAheadOptions): Promise<ByIdentity> {
  const gathered = new Map<string, Questions>();
  const add = (identity: Identity, question: Question): void => {
    if (question.fact.usersOwn && !options.current?.prepared?.probe?.questions.includes(question)) return;
    const isKnown = state.target.answers.get(identity.key, question) !== undefined;
    if (isKnown && options.anew?.key !== identity.key) return;
    let questions = gathered.get(identity.key);
    if (!questions) gathered.set(identity.key, (questions = new Questions(identity)));
    questions.add(question);
  };
  const hostFacts = (names: readonly string[]): void => {
    for (const question of factQuestions(state, names)) addHostFact(gathered, question);
  };
  const handlers = state.context.check ? [] : handlersAhead(state, options.changing ?? []);
  for await (const { work, index } of worksAhead(state, handlers, options.current)) {
    if (options.hostFacts) hostFacts(factsNamedBy(state, work));
    for (const unit of unitsAhead(state, work, index, hostFacts)) {
      await prepareAhead(state, unit, index, hostFacts);
      const { prepared } = unit;
      if (prepared) for (const question of prepared.probe?.questions ?? []) add(prepared.identity, question);
    }
  }
  return gathered;
}

/** A host fact is asked by the login user. */
export function addHostFact(gathered: Map<string, Questions>, question: Question): void {
  const login = gathered.get(loginIdentity.key) ?? new Questions(loginIdentity);
  gathered.set(loginIdentity.key, login);
  login.add(question);
}

/** The units of a work. Throws FettleError where the loop is no list. */
export function expand(state: PlayState, work: TaskWork): readonly Unit[] {
  if (work.units) return work.units;
  const { loop } = work.task;
  work.units = loop
    ? itemsOf(loop, state.scopeOf(work)).map((item) => state.unit(work, item))
    : [state.unit(work)];
  return work.units;
}

/** Prepares a unit whose arguments are known. Throws what is wrong with them. */
export async function prepare(state: PlayState, unit: Unit): Promise<void> {
  if (unit.prepared) return;
  const { task } = unit.work;
  unit.prepared = await state.context.preparer.prepare(task, unit.scope, state.identity(task, unit.scope));
}

type AddFacts = (names: readonly string[]) => void;

interface Ahead {
  readonly work: TaskWork;
  /** Where it stands, or would stand, among the works. */
  readonly index: number;
}

/** The tasks that this host will come to, as far as that is known. */
async function* worksAhead(
  state: PlayState,
  handlers: readonly TaskWork[],
  current: Unit | undefined,
): AsyncGenerator<Ahead> {
  // Another host is asked for what is done there now, and for nothing else.
  if (state.isDelegated) {
    if (current) yield { work: current.work, index: state.at };
    return;
  }
  for (let index = state.at; index < state.works.length; index += 1) {
    const work = state.works[index] as Work;
    if (work.kind === 'include' && !(await includeAhead(state, work, index))) return;
    if (work.kind !== 'task') continue;
    if (isOffline(work) && (index > state.at || current?.work !== work)) return;
    if (index === state.at || isOwn(state, work)) yield { work, index };
  }
  yield* handlers.map((work, index) => ({ work, index: state.works.length + index }));
}

/** Whether it is this host that will run it, by all that is known. */
function isOwn({ host, course }: PlayState, { task, place }: TaskWork): boolean {
  return (
    task.delegateTo === undefined && (task.runOnce === undefined || course.once.isNext(host.name, place))
  );
}

function isOffline({ task }: TaskWork): boolean {
  return task.module.kind === 'action' && (task.module as Action<never>).offline === true;
}

/** The host facts that a task will still ask for: what is prepared only needs its conditions. */
function factsNamedBy(state: PlayState, work: TaskWork): readonly string[] {
  const { task, units } = work;
  const isPrepared = units?.every((unit) => unit.prepared || unit.done) ?? false;
  const references = isPrepared
    ? task.when.flatMap((when) => when.references)
    : [
        ...(task.loop?.references ?? []),
        ...task.when.flatMap((when) => when.references),
        ...argumentReferences(state, task),
      ];
  return state
    .scopeOf(work)
    .roots(references)
    .flatMap((reference) => (reference.root === 'facts' ? state.namedFacts(reference) : []));
}

function unitsAhead(state: PlayState, work: TaskWork, index: number, addFacts: AddFacts): readonly Unit[] {
  if (!work.units && work.task.loop) {
    const standing = standingOf(work.task.loop.references, state.scopeOf(work), state.horizon(index));
    if (standing.kind === 'facts') addFacts(standing.names);
    if (standing.kind !== 'ready') return [];
  }
  try {
    return expand(state, work).filter((unit) => !unit.done);
  } catch {
    // A loop that cannot be expanded counts when its task is reached, where it is tried again.
    return [];
  }
}

async function prepareAhead(state: PlayState, unit: Unit, index: number, addFacts: AddFacts): Promise<void> {
  if (unit.prepared || unit.broken) return;
  const { task } = unit.work;
  const horizon = state.horizon(index);
  try {
    const condition = standingOf(
      task.when.flatMap((when) => when.references),
      unit.scope,
      horizon,
    );
    if (condition.kind === 'facts') addFacts(condition.names);
    if (condition.kind === 'ready' && !allHold(task.when, unit.scope, 'when')) return;
    const standing = argumentsStand(state, unit, horizon);
    if (standing.kind === 'facts') addFacts(standing.names);
    if (standing.kind === 'ready' && task.module.kind !== 'directive') await prepare(state, unit);
  } catch (error) {
    // A mistake ahead counts when its task is reached, if it still is one then.
    unit.broken = error as Error;
  }
}

/** What stands before a unit's arguments; a template whose path is one is read once the path is known. */
function argumentsStand(state: PlayState, { work, scope }: Unit, horizon: Horizon): Standing {
  const standing = standingOf(argumentReferences(state, work.task), scope, horizon);
  if (standing.kind !== 'ready') return standing;
  return standingOf(laterReferences(work.task, scope), scope, horizon);
}

/** The names that a task's arguments, its user and its environment depend on. */
export function argumentReferences({ play }: PlayState, task: Task): readonly Reference[] {
  const expressions = Object.values(task.args.expressions).flatMap((one) =>
    Array.isArray(one) ? one : [one],
  );
  return [
    ...task.args.values.references,
    ...Object.values(task.args.templates).flatMap(({ text }) => text.references),
    ...expressions.flatMap((expression) => expression.references),
    ...((task.becomeUser ?? play.becomeUser)?.references ?? []),
    ...task.environment.flatMap((environment) => environment.references),
  ];
}

/** The questions behind the names of host facts. */
export function factQuestions(state: PlayState, names: readonly string[]): readonly Question[] {
  return names.flatMap((name) => {
    const fact = state.context.hostFacts[name];
    return fact ? [{ fact: fact as unknown as Fact<unknown, unknown>, subject: undefined }] : [];
  });
}
