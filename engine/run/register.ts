import type { Expression } from '../template/template.ts';
import { notify } from './handlers.ts';
import { registered, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { allHold } from './standing.ts';
import { tainted } from './taint.ts';
import type { Unit } from './unit.ts';
import type { TaskWork } from './works.ts';

/** Lets `changed_when` and `failed_when` decide, which see the register. */
export function decide(state: PlayState, unit: Unit, outcome: Outcome): Outcome {
  const { task } = unit.work;
  if (outcome.status === 'later' || outcome.unmade || !(task.changedWhen || task.failedWhen)) return outcome;
  return seeing(state, unit, outcome, () => {
    let decided = outcome;
    if (task.changedWhen) {
      const changed = allHold(task.changedWhen, unit.scope, 'changed_when');
      const status = decided.status === 'failed' ? 'failed' : changed ? 'changed' : 'ok';
      decided = { ...decided, changed, status };
    }
    if (!task.failedWhen) return decided;
    if (allHold(task.failedWhen, unit.scope, 'failed_when')) {
      const message = decided.message ?? `failed_when: ${sources(task.failedWhen)}`;
      return { ...decided, status: 'failed', message };
    }
    const status = decided.changed ? 'changed' : 'ok';
    return { ...decided, status, message: undefined, detail: undefined, next: undefined };
  });
}

/** Acts while the register holds an outcome that has not been concluded. */
export function seeing<Value>(state: PlayState, unit: Unit, outcome: Outcome, act: () => Value): Value {
  const { register } = unit.work.task;
  if (register === undefined) return act();
  const { registers } = state.host;
  const before = registers.get(register);
  registers.set(register, registered(outcome));
  try {
    return act();
  } finally {
    if (before === undefined) registers.delete(register);
    else registers.set(register, before);
  }
}

/** Keeps what a task's units came to: register, names that check mode does not know, notified handlers. */
export function conclude(
  state: PlayState,
  work: TaskWork,
  outcomes: readonly Outcome[],
  units: readonly Unit[] = [],
): void {
  const { task } = work;
  const unmade = outcomes.find((outcome) => outcome.unmade);
  for (const name of task.produces) {
    if (unmade) state.host.unmade.set(name, unmade.later ?? work.step);
    // What is skipped keeps what was there, and so what is not known of it.
    else if (!isSkipped(outcomes)) state.host.unmade.delete(name);
  }
  const { registers } = state.host;
  if (task.register !== undefined) registers.set(task.register, registerOf(state, work, outcomes, units));
  if (task.noLog)
    for (const name of task.produces) registers.set(name, tainted(registers.get(name), state.context.hide));
  const isOnlyLook = state.checks(task) && !state.context.check;
  if (!isOnlyLook)
    notify(
      state,
      task,
      units.filter((_, index) => outcomes[index]?.changed),
    );
}

/** Conditions as they are shown. */
export function sources(expressions: readonly Expression[]): string {
  return expressions.map((expression) => expression.source).join(' and ');
}

function registerOf(
  state: PlayState,
  { task }: TaskWork,
  outcomes: readonly Outcome[],
  units: readonly Unit[],
): unknown {
  const results = outcomes.map((outcome, index) => ({ ...units[index]?.own, ...registered(outcome) }));
  if (isSkipped(outcomes)) {
    const kept = state.host.registers.get(task.register as string);
    return {
      ...(task.loop ? { results } : {}),
      ...(typeof kept === 'object' ? kept : { failed: false }),
      changed: false,
      skipped: true,
    };
  }
  if (!task.loop) return registered(outcomes[0] as Outcome);
  return {
    results,
    changed: results.some((result) => result['changed']),
    failed: results.some((result) => result['failed']),
    skipped: false,
  };
}

function isSkipped(outcomes: readonly Outcome[]): boolean {
  return outcomes.every((outcome) => outcome.status === 'skipped');
}
