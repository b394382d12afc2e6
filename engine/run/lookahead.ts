import type { Fact, Question } from '../contract/fact.ts';
import { FettleError } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import type { Reference } from '../template/template.ts';
import type { Identity } from '../transport/transport.ts';
import { Questions } from './gather.ts';
import { handlersAhead } from './handlers.ts';
import { loginIdentity } from './host.ts';
import type { PlayState } from './play_state.ts';
import { allHold, standingOf } from './standing.ts';
import type { Unit, Work } from './unit.ts';

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
    const isKnown = state.host.answers.get(identity.key, question) !== undefined;
    if (isKnown && options.anew?.key !== identity.key) return;
    let questions = gathered.get(identity.key);
    if (!questions) gathered.set(identity.key, (questions = new Questions(identity)));
    questions.add(question);
  };
  const hostFacts = (names: readonly string[]): void => {
    for (const question of factQuestions(state, names)) addHostFact(gathered, question);
  };
  const handlers = state.context.check ? [] : handlersAhead(state, options.changing ?? []);
  for (const { work, index } of worksAhead(state, handlers)) {
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

/** The units of a work, or undefined while its loop is not known. Throws FettleError where the loop is no list. */
export function expand(state: PlayState, work: Work): readonly Unit[] {
  if (work.units) return work.units;
  const { loop } = work.task;
  if (!loop) {
    work.units = [state.unit(work)];
    return work.units;
  }
  const list = loop.render(state.scope({ vars: work.task.vars }));
  if (!Array.isArray(list)) {
    throw new FettleError('task', {
      summary: `\`loop\` must be a list, and is ${list === null ? 'null' : typeof list}`,
      next: 'give it a list, or a template that is one',
      position: loop.at,
    });
  }
  work.units = list.map((value) => state.unit(work, { value }));
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
  readonly work: Work;
  /** Where it stands, or would stand, among the works. */
  readonly index: number;
}

function worksAhead(state: PlayState, handlers: readonly Work[]): readonly Ahead[] {
  const ahead: Ahead[] = [];
  for (let index = state.at; index < state.works.length; index += 1)
    ahead.push({ work: state.works[index] as Work, index });
  return [...ahead, ...handlers.map((work, index) => ({ work, index: state.works.length + index }))];
}

/** The host facts that a task will still ask for: what is prepared only needs its conditions. */
function factsNamedBy(state: PlayState, work: Work): readonly string[] {
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
    .scope({ vars: task.vars })
    .roots(references)
    .flatMap((reference) => (reference.root === 'facts' ? state.namedFacts(reference) : []));
}

function unitsAhead(state: PlayState, work: Work, index: number, addFacts: AddFacts): readonly Unit[] {
  if (!work.units && work.task.loop) {
    const standing = standingOf(
      work.task.loop.references,
      state.scope({ vars: work.task.vars }),
      state.horizon(index),
    );
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
    const standing = standingOf(argumentReferences(state, task), unit.scope, horizon);
    if (standing.kind === 'facts') addFacts(standing.names);
    if (standing.kind === 'ready' && task.module.kind !== 'directive') await prepare(state, unit);
  } catch (error) {
    // A mistake ahead counts when its task is reached, if it still is one then.
    unit.broken = error as Error;
  }
}

/** The names that a task's arguments, its user and its environment depend on. */
export function argumentReferences({ play }: PlayState, task: Task): readonly Reference[] {
  const expressions = Object.values(task.args.expressions).flatMap((one) =>
    Array.isArray(one) ? one : [one],
  );
  return [
    ...task.args.values.references,
    ...expressions.flatMap((expression) => expression.references),
    ...((task.becomeUser ?? play.becomeUser)?.references ?? []),
    ...(task.environment?.references ?? []),
    ...(play.environment?.references ?? []),
  ];
}

/** The questions behind the names of host facts. */
export function factQuestions(state: PlayState, names: readonly string[]): readonly Question[] {
  return names.flatMap((name) => {
    const fact = state.context.hostFacts[name];
    return fact ? [{ fact: fact as unknown as Fact<unknown, unknown>, subject: undefined }] : [];
  });
}
