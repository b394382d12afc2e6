import type { Position } from '../errors.ts';
import type { ShownChange } from './events.ts';
import { nameOf } from './handlers.ts';
import { hidden, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import type { Unit } from './unit.ts';
import type { IncludeWork, MetaWork } from './works.ts';

/** Tells how a unit ended. */
export function report(state: PlayState, unit: Unit, outcome: Outcome): void {
  const { work } = unit;
  const { task } = work;
  const isHidden = task.noLog === true;
  tell(state, {
    task: nameOf(task, unit.scope),
    module: task.module.name,
    position: task.at,
    step: work.step,
    handler: work.handler,
    ...(unit.label === undefined ? {} : { item: isHidden ? hidden : unit.label }),
    ...(unit.delegate === undefined ? {} : { delegate: unit.delegate }),
    ...(task.diff === undefined ? {} : { diff: task.diff }),
    outcome: {
      ...outcome,
      ...(outcome.changes ? { changes: outcome.changes.map((change) => shownFor(unit, change)) } : {}),
      ...(isHidden
        ? {
            message: outcome.message === undefined ? undefined : hidden,
            detail: undefined,
            output: '',
          }
        : {}),
    },
  });
}

/** Tells how an include ended, or a `meta` that failed. */
export function reportStep(state: PlayState, work: IncludeWork | MetaWork, outcome: Outcome): void {
  const { name, at } = work.kind === 'include' ? work.include : work.meta;
  const module = work.kind === 'include' ? work.include.keyword : 'meta';
  let shown: string = module;
  try {
    shown = name === undefined ? module : String(name.render(state.scopeOf(work)));
  } catch {
    // A name that cannot be made yet is not shown.
  }
  tell(state, {
    task: shown,
    module,
    position: at ?? state.play.at,
    step: work.step,
    handler: false,
    outcome,
  });
}

interface Told {
  readonly task: string;
  readonly module: string;
  readonly position: Position;
  readonly step: number;
  readonly handler: boolean;
  readonly item?: string;
  readonly delegate?: string;
  readonly diff?: boolean;
  readonly outcome: Outcome;
}

function tell(state: PlayState, { position, outcome, ...told }: Told): void {
  state.host.count(outcome.status);
  const { file, line, column } = position;
  state.context.emit({
    event: 'task_ended',
    host: state.host.name,
    ...told,
    position: { file, line, column },
    status: outcome.status,
    changes: outcome.changes ?? [],
    ...(outcome.message === undefined ? {} : { message: outcome.message }),
    ...(outcome.detail ? { detail: outcome.detail } : {}),
    ...(outcome.output ? { output: outcome.output } : {}),
    ...(outcome.next === undefined ? {} : { next: outcome.next }),
    ...(outcome.assuming === undefined ? {} : { assuming: outcome.assuming }),
  });
}

function shownFor({ work: { task } }: Unit, change: ShownChange): ShownChange {
  if (task.noLog) return { what: hidden, before: null, after: null };
  return task.diff === false ? { ...change, before: null, after: null } : change;
}
