import type { Include, Step, Task } from './playbook.ts';

/** Every task of some steps in order, those in blocks too, and those of includes as far as they are known. */
export function tasksOf(steps: readonly Step[]): readonly Task[] {
  return steps.flatMap((step) => {
    if (step.kind === 'task') return [step];
    if (step.kind === 'include') return tasksOf(step.known?.steps ?? []);
    return step.kind === 'block' ? tasksOf(sectionsOf(step)) : [];
  });
}

/** Every include of some steps, those in blocks and in known includes too. */
export function includesOf(steps: readonly Step[]): readonly Include[] {
  return steps.flatMap((step) => {
    if (step.kind === 'include') return [step, ...includesOf(step.known?.steps ?? [])];
    return step.kind === 'block' ? includesOf(sectionsOf(step)) : [];
  });
}

/** The steps with each task replaced, those in blocks too. */
export function mapTasks(steps: readonly Step[], change: (task: Task) => Task): readonly Step[] {
  return steps.map((step) => {
    if (step.kind === 'task') return change(step);
    if (step.kind !== 'block') return step;
    return {
      ...step,
      block: mapTasks(step.block, change),
      rescue: mapTasks(step.rescue, change),
      always: mapTasks(step.always, change),
    };
  });
}

/** All steps of a block. */
export function sectionsOf(block: Step & { kind: 'block' }): readonly Step[] {
  return [...block.block, ...block.rescue, ...block.always];
}
