import type { Directive } from '../contract/module.ts';
import { skipped, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import type { Prepared, Unit } from './unit.ts';
import { waitFor, wouldWait } from './waits.ts';

/** Runs one directive: it works on the controller alone. */
export async function runDirective(state: PlayState, unit: Unit): Promise<Outcome> {
  const prepared = unit.prepared as Prepared;
  const { changed, failed, messages, facts, values, waits } = (prepared.module as Directive<never>).run(
    prepared.args,
  );
  for (const [name, value] of Object.entries(facts ?? {})) state.host.registers.set(name, value);
  for (const text of messages ?? []) {
    state.context.emit({ event: 'said', host: state.host.name, level: 'message', text });
  }
  const checks = waits !== undefined && state.checks(unit.work.task);
  const waited = checks ? { delta: 0, user_input: '' } : waits ? await waitFor(state, unit, waits) : {};
  if (!waited) return skipped('interrupted');
  return {
    status: failed === undefined ? (changed ? 'changed' : 'ok') : 'failed',
    changed: changed ?? false,
    ...(failed === undefined ? {} : { message: failed }),
    values: { ...values, ...facts, ...waited },
    ...(checks ? { message: wouldWait(waits), unmade: state.context.check && 'prompt' in waits } : {}),
  };
}
