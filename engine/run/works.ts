import type { Block, Include, Meta, Step, StepKeys, Task } from '../load/playbook.ts';
import type { Outcome } from './outcome.ts';
import type { Place } from './place.ts';
import type { Unit } from './unit.ts';

/** What a host has to do, in order. What is included, rescued or handled joins the list when it is due. */
export type Work = TaskWork | IncludeWork | MetaWork | EndWork;

interface WorkKeys {
  /** Its number in the run, from 1; what an include brings has the include's. */
  readonly step: number;
  readonly place: Place;
  /** The blocks around it, outermost first. */
  readonly path: readonly Frame[];
  /** Values of the loops of the includes around it. */
  readonly outer: Values;
  /** Its index among the host's works. */
  position: number;
}

export type Values = ReadonlyMap<string, unknown>;

export interface TaskWork extends WorkKeys {
  readonly kind: 'task';
  readonly task: Task;
  readonly handler: boolean;
  units?: readonly Unit[];
  /** One of its items has failed: what comes after it may not come at all. */
  isFailing?: true;
}

export interface IncludeWork extends WorkKeys {
  readonly kind: 'include';
  readonly include: Include;
  /** What it brought, once that is known. */
  brought?: readonly string[];
}

export interface MetaWork extends WorkKeys {
  readonly kind: 'meta';
  /** `meet`: waits for the whole batch. */
  readonly meta: Partial<Omit<Meta, 'action'>> & { readonly action: Meta['action'] | 'meet' };
  /** The handlers that ran in this flush already. */
  readonly flushed?: ReadonlySet<Task>;
}

/** The end of a block, where its failure goes on or its rescue is told. */
export interface EndWork extends WorkKeys {
  readonly kind: 'end';
  readonly run: BlockRun;
}

export interface Frame {
  readonly run: BlockRun;
  readonly section: 'block' | 'rescue' | 'always';
}

/** One time that a host goes through a block. */
export interface BlockRun {
  readonly block: Block;
  readonly around: Around;
  /** What its rescue was called for. */
  rescues?: Failure;
  /** It has failed itself, or was told. */
  isRescueOver?: boolean;
  /** What goes on after its `always`. */
  failure?: Failure;
}

/** Why a host leaves the tasks it is at. */
export interface Failure {
  /** `shared`: a task that runs once failed on another host; `blocked`: other hosts ended the play. */
  readonly kind: 'failed' | 'shared' | 'blocked' | 'unreachable';
  readonly work: Work;
  readonly outcome: Outcome;
}

/** The work was not begun: what keeps it from that is seen when the host comes to it once more. */
export const again = Symbol('again');

/** How a host leaves a work. */
export type Left = Failure | typeof again | undefined;

/** Where steps are put: what is around them. */
export interface Around {
  readonly place: Place;
  readonly path: readonly Frame[];
  readonly outer: Values;
  /** The number that they all have, where an include brings them. */
  readonly step?: number;
}

/** The works of some steps; a block's rescue is left out until it is needed. */
export function worksOf(steps: readonly Step[], around: Around): readonly Work[] {
  return steps.flatMap((step, index): readonly Work[] => {
    const place = [...around.place, index];
    if (step.kind === 'block') return worksOfBlock(step, { ...around, place });
    const keys = {
      step: around.step ?? step.id + 1,
      place,
      path: around.path,
      outer: around.outer,
      position: 0,
    };
    if (step.kind === 'task') return [{ ...keys, kind: 'task', task: step, handler: false }];
    if (step.kind === 'include') return [{ ...keys, kind: 'include', include: step }];
    return [{ ...keys, kind: 'meta', meta: step }];
  });
}

/** The works of a section of a block, in the block's own place. */
export function worksOfSection(run: BlockRun, section: Frame['section']): readonly Work[] {
  const { around, block } = run;
  const number = { block: 0, rescue: 1, always: 2 }[section];
  return worksOf(block[section], {
    ...around,
    place: [...around.place, number],
    path: [...around.path, { run, section }],
  });
}

/** What a work takes from its step. */
export function keysOf(work: Work): Partial<StepKeys> | undefined {
  if (work.kind === 'task') return work.task;
  if (work.kind === 'include') return work.include;
  return work.kind === 'meta' ? work.meta : undefined;
}

/** The values of what is around a work: loops of includes, its role. */
export function valuesAround({ outer }: Work, role: StepKeys['role']): Values {
  if (!role) return outer;
  return new Map([
    ...outer,
    ['role_name', role.name],
    ['ansible_role_name', role.name],
    ['role_path', role.path],
  ]);
}

function worksOfBlock(block: Block, around: Around): readonly Work[] {
  const run: BlockRun = { block, around };
  const { path, outer, step = 0 } = around;
  return [
    ...worksOfSection(run, 'block'),
    ...worksOfSection(run, 'always'),
    { kind: 'end', run, step, place: [...around.place, 3], path, outer, position: 0 },
  ];
}
