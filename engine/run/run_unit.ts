import type { Expression, Reference } from '../template/template.ts';
import { runAction } from './action.ts';
import { runDirective } from './directive.ts';
import { look } from './exchange.ts';
import { failureOf, isTaskError } from './failure.ts';
import { addHostFact, argumentReferences, factQuestions, lookAhead, prepare } from './lookahead.ts';
import { meetOthers } from './meet_others.ts';
import { fine, judgedFor, knownLater, skipped, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { decide, sources } from './register.ts';
import { runResource } from './resource.ts';
import { allHold, standingOf } from './standing.ts';
import { laterReferences } from './templates.ts';
import { withRetries } from './tries.ts';
import type { Prepared, Unit } from './unit.ts';
import type { HostScope } from './variables.ts';
import { withDelegate } from './delegate.ts';

/** Runs one unit, all its tries. Rejects only where the way to the host is lost. */
export async function runUnit(state: PlayState, unit: Unit): Promise<Outcome> {
  const { task } = unit.work;
  try {
    return judgedFor(task, (await without(state, unit)) ?? (await tried(state, unit)));
  } catch (error) {
    if (!isTaskError(error)) throw error;
    return judgedFor(task, failureOf(error));
  } finally {
    // What other hosts' tasks may have done there meanwhile is not known.
    if (task.delegateTo) delete unit.prepared;
  }
}

/** Asks for host facts until the names are known; gives the unmade step where check mode cannot know them. */
export async function known(
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

/** All names of some expressions. */
export function namesOf(expressions: readonly Expression[]): readonly Reference[] {
  return expressions.flatMap((expression) => expression.references);
}

/** What it comes to without being run, or undefined where it is to be run. */
async function without(state: PlayState, unit: Unit): Promise<Outcome | undefined> {
  const { task, handler } = unit.work;
  if (unit.settled) return unit.settled;
  delete unit.broken;
  const conditionLater = await known(state, namesOf(task.when), unit.scope);
  if (conditionLater !== undefined) return knownLater(conditionLater);
  if (!allHold(task.when, unit.scope, 'when')) return skipped(`when: ${sources(task.when)}`);
  if (handler && state.checks(task)) return { ...fine, message: 'would run', unmade: true };
  const argumentsLater =
    (await known(state, argumentReferences(state, task), unit.scope)) ?? (await templatesLater(state, unit));
  return argumentsLater === undefined ? undefined : knownLater(argumentsLater);
}

/** The same for the names in templates whose path is known only now; other hosts' variables are waited for. */
async function templatesLater(state: PlayState, { work, scope }: Unit): Promise<number | undefined> {
  const references = laterReferences(work.task, scope);
  if (scope.roots(references).some(({ root }) => root === 'hostvars')) await meetOthers(state, work.place);
  return known(state, references, scope);
}

async function tried(state: PlayState, unit: Unit): Promise<Outcome> {
  return withDelegate(state, unit, () =>
    withRetries(state, unit, async () => {
      try {
        await prepare(state, unit);
        return decide(state, unit, await dispatch(state, unit));
      } catch (error) {
        if (!isTaskError(error)) throw error;
        return failureOf(error);
      }
    }),
  );
}

async function dispatch(state: PlayState, unit: Unit): Promise<Outcome> {
  const { kind } = (unit.prepared as Prepared).module;
  if (kind === 'resource') return runResource(state, unit);
  if (kind === 'action') return runAction(state, unit);
  return runDirective(state, unit);
}
