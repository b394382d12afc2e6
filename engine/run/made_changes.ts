import type { Fact } from '../contract/fact.ts';
import type { Identity } from '../transport/transport.ts';
import type { ChangeEnded, ChangeStarted } from './events.ts';
import { hidden } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import type { RecordedChange } from './undo.ts';
import type { Prepared, Unit } from './unit.ts';

/** A change that a task within a block has made, with what taking it back needs. */
export interface MadeChange {
  readonly unit: Unit;
  readonly identity: Identity;
  readonly facts: ReadonlyMap<string, Fact<never, unknown>>;
  change: RecordedChange;
}

/** Puts on record that a change is about to be sent. */
export function changeStarted(state: PlayState, unit: Unit, change: ChangeStarted): void {
  const started = { ...change, what: change.what.map((what) => recorded(unit, what)) };
  state.context.emit(started);
  if (unit.work.path.length === 0) return;
  const { identity, probe } = unit.prepared as Prepared;
  const facts = new Map((probe?.questions ?? []).map(({ fact }) => [fact.name, fact as never]));
  state.made.push({ unit, identity, facts, change: { started } });
}

/** What a change does, as records on the controller and on the host may have it. */
export function recorded({ work }: Unit, what: string): string {
  return work.task.noLog === true ? hidden : what;
}

/** Puts on record how a change ended; `after` is the digest of what was seen then. */
export function changeEnded(state: PlayState, unit: Unit, made: boolean, after?: string): void {
  const ended: ChangeEnded = {
    event: 'change_ended',
    host: state.target.name,
    unit: unit.number,
    made,
    ...(after === undefined ? {} : { after }),
  };
  state.context.emit(ended);
  const open = state.made.findLast((one) => one.unit === unit && !one.change.ended);
  if (open) open.change = { ...open.change, ended };
}
