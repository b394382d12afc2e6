import { setTimeout as sleep } from 'node:timers/promises';
import { FettleError } from '../errors.ts';
import type { ValueTemplate } from '../template/template.ts';
import type { Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { seeing, sources } from './register.ts';
import { allHold } from './standing.ts';
import { excused } from './unmade.ts';
import type { Unit } from './unit.ts';

/** Tries a unit until `until` holds, at most `retries` times after the first; the last outcome counts. */
export async function withRetries(
  state: PlayState,
  unit: Unit,
  attempt: () => Promise<Outcome>,
): Promise<Outcome> {
  const { task } = unit.work;
  if (!task.until && !task.retries) {
    const outcome = await attempt();
    return (outcome.status === 'failed' ? excused(state, unit, outcome) : undefined) ?? outcome;
  }
  const retries = wholeNumber('retries', task.retries, unit, 3);
  const delay = wholeNumber('delay', task.delay, unit, 5);
  for (let tries = 1; ; tries += 1) {
    const outcome = counted(await attempt(), tries);
    if (outcome.status === 'skipped' || outcome.unmade || isDone(state, unit, outcome)) return outcome;
    const later = excused(state, unit, outcome);
    if (later) return later;
    if (tries > retries || state.context.interrupted()) return exhausted(unit, outcome, retries);
    await pause(state, unit, { delay, tries, retries, outcome });
    forget(state, unit);
  }
}

/** Waits; the host's place among the forks is free meanwhile. */
async function pause(
  state: PlayState,
  { work }: Unit,
  at: { readonly delay: number; readonly tries: number; readonly retries: number; readonly outcome: Outcome },
): Promise<void> {
  const { context, host } = state;
  context.emit({
    event: 'waiting',
    host: host.name,
    task: work.task.module.name,
    why: `try ${at.tries} of ${at.retries + 1}: ${at.outcome.message ?? 'not yet as wanted'}`,
    seconds: 0,
    limit: at.delay,
    attempt: at.tries,
  });
  context.forks.give();
  try {
    const end = performance.now() + 1000 * at.delay;
    for (
      let left = end - performance.now();
      left > 0 && !context.interrupted();
      left = end - performance.now()
    )
      await sleep(Math.min(left, 250));
  } finally {
    await context.forks.take();
  }
}

/** The next try looks again. */
function forget(state: PlayState, unit: Unit): void {
  delete unit.made;
  delete unit.done;
  state.target.answers.forgetAllBut(state.hostFactNames);
}

function isDone(state: PlayState, unit: Unit, outcome: Outcome): boolean {
  const { until } = unit.work.task;
  if (!until) return outcome.status !== 'failed';
  return seeing(state, unit, outcome, () => allHold(until, unit.scope, 'until'));
}

function counted(outcome: Outcome, attempts: number): Outcome {
  return { ...outcome, values: { ...outcome.values, attempts } };
}

function exhausted({ work }: Unit, outcome: Outcome, retries: number): Outcome {
  const { until } = work.task;
  const tried = `after ${retries} ${retries === 1 ? 'retry' : 'retries'}`;
  if (outcome.status === 'failed')
    return { ...outcome, message: `${outcome.message ?? 'it failed'} (${tried})` };
  const { stdout, stderr } = outcome.values ?? {};
  const said = [stdout, stderr].filter((text) => typeof text === 'string' && text !== '').join('\n');
  return {
    ...outcome,
    status: 'failed',
    message: `until: ${sources(until ?? [])} does not hold ${tried}`,
    detail: outcome.detail ?? (said === '' ? undefined : said),
    next:
      outcome.next ??
      'give it longer with `retries` and `delay`, or look at what `until` asks of the register',
  };
}

function wholeNumber(key: string, template: ValueTemplate | undefined, unit: Unit, fallback: number): number {
  if (!template) return fallback;
  const value = Number(template.render(unit.scope));
  if (Number.isInteger(value) && value >= 0) return value;
  throw new FettleError('task', {
    summary: `\`${key}\` must be a whole number, 0 or more`,
    position: template.at,
  });
}
