import type { Fact, Question } from '../contract/fact.ts';
import { FettleError } from '../errors.ts';
import type { Identity } from '../transport/transport.ts';
import { Questions } from './gather.ts';
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
  for (let index = state.at; index < state.works.length; index += 1) {
    for (const unit of unitsAhead(state, index, add)) {
      await prepareAhead(state, unit, index, add);
      const { prepared } = unit;
      if (prepared) for (const question of prepared.probe?.questions ?? []) add(prepared.identity, question);
    }
  }
  return gathered;
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

type Add = (identity: Identity, question: Question) => void;

function unitsAhead(state: PlayState, index: number, add: Add): readonly Unit[] {
  const work = state.works[index] as Work;
  if (!work.units && work.task.loop) {
    const standing = standingOf(
      work.task.loop.references,
      state.scope({ vars: work.task.vars }),
      state.horizon(index),
    );
    if (standing.kind === 'facts') addFacts(state, standing.names, add);
    if (standing.kind !== 'ready') return [];
  }
  try {
    return expand(state, work).filter((unit) => !unit.done);
  } catch {
    // A loop that cannot be expanded counts when its task is reached, where it is tried again.
    return [];
  }
}

async function prepareAhead(state: PlayState, unit: Unit, index: number, add: Add): Promise<void> {
  if (unit.prepared || unit.broken) return;
  const { task } = unit.work;
  const horizon = state.horizon(index);
  try {
    const condition = standingOf(
      task.when.flatMap((when) => when.references),
      unit.scope,
      horizon,
    );
    if (condition.kind === 'facts') addFacts(state, condition.names, add);
    if (condition.kind === 'ready' && !allHold(task.when, unit.scope, 'when')) return;
    const standing = standingOf(argumentReferences(unit), unit.scope, horizon);
    if (standing.kind === 'facts') addFacts(state, standing.names, add);
    if (standing.kind === 'ready' && task.module.kind !== 'directive') await prepare(state, unit);
  } catch (error) {
    // A mistake ahead counts when its task is reached, if it still is one then.
    unit.broken = error as Error;
  }
}

/** The names that a unit's arguments and its user depend on. */
export function argumentReferences({ work: { task } }: Unit) {
  const expressions = Object.values(task.args.expressions).flatMap((one) =>
    Array.isArray(one) ? one : [one],
  );
  return [
    ...task.args.values.references,
    ...expressions.flatMap((expression) => expression.references),
    ...(task.becomeUser?.references ?? []),
    ...(task.environment?.references ?? []),
  ];
}

/** The questions behind the names of host facts. */
export function factQuestions(state: PlayState, names: readonly string[]): readonly Question[] {
  return names.flatMap((name) => {
    const fact = state.context.hostFacts[name];
    return fact ? [{ fact: fact as unknown as Fact<unknown, unknown>, subject: undefined }] : [];
  });
}

function addFacts(state: PlayState, names: readonly string[], add: Add): void {
  for (const question of factQuestions(state, names)) add(loginIdentity, question);
}
