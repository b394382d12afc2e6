import type { Directive } from '../contract/module.ts';
import type { Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import type { Prepared, Unit } from './unit.ts';

/** Runs one directive: it works on the controller alone. */
export function runDirective(state: PlayState, unit: Unit): Outcome {
  const prepared = unit.prepared as Prepared;
  const { changed, failed, messages, facts, values } = (prepared.module as Directive<never>).run(
    prepared.args,
  );
  for (const [name, value] of Object.entries(facts ?? {})) state.host.registers.set(name, value);
  for (const text of messages ?? []) {
    state.context.emit({ event: 'said', host: state.host.name, level: 'message', text });
  }
  return {
    status: failed === undefined ? (changed ? 'changed' : 'ok') : 'failed',
    changed: changed ?? false,
    ...(failed === undefined ? {} : { message: failed }),
    values: { ...values, ...facts },
  };
}
