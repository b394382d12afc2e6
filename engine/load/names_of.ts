import { place } from '../error_text.ts';
import type { Expression, ValueTemplate } from '../template/template.ts';
import type { Include, LoopControl, Play, Step, Task } from './playbook.ts';
import { extendedLoopName } from './reserved_names.ts';
import { includesOf, tasksOf } from './tasks_of.ts';

/** Every step of a play, its gate and handlers too. */
export function stepsOf(play: Play): readonly Step[] {
  return [...play.steps, ...play.gate, ...play.handlers];
}

/** The registers, `set_fact` names and included variables of a play, which later plays may use. */
export function namesMadeBy(play: Play): readonly string[] {
  const included = includesOf(stepsOf(play)).flatMap(({ known }) => [
    ...Object.keys(known?.variables ?? {}),
    ...(known?.handlers ?? []).flatMap(({ produces }) => produces),
  ]);
  return [...tasksOf(stepsOf(play)).flatMap(({ produces }) => produces), ...included];
}

/** Whether a play may make names that nobody can know before it is there: by a file whose name is a template. */
export function makesUnknownNames(play: Play): boolean {
  return play.varsFiles.length > 0 || includesOf(stepsOf(play)).some(({ known }) => !known);
}

/** The name that the user gave to a step; undefined where there is none, or where it is known only for each host. */
export function ownName({ name, at }: Pick<Step, 'name' | 'at'>): string | undefined {
  // A step without a name has that of its module, at its own place.
  if (!name.constant || place(name.at) === place(at)) return undefined;
  return String(name.render({ get: () => undefined, has: () => false }));
}

/** The names that a loop gives to its task. */
export function loopNames({ loopVar, indexVar, extended }: LoopControl): readonly string[] {
  return [loopVar, ...(indexVar === undefined ? [] : [indexVar]), ...(extended ? [extendedLoopName] : [])];
}

/** The texts and expressions of a task by when they are looked at: before its loop, for each item, after it was done. */
export function textsOf(task: Task): {
  readonly before: readonly (ValueTemplate | undefined)[];
  readonly each: readonly (ValueTemplate | Expression | undefined)[];
  readonly after: readonly Expression[];
} {
  return {
    before: [task.loop],
    each: [
      task.name,
      task.args.values,
      ...Object.values(task.args.expressions).flat(),
      ...Object.values(task.args.templates).map(({ text }) => text),
      ...task.when,
      ...task.notify,
      ...task.environment,
      task.becomeUser,
      task.becomeMethod,
      task.delegateTo,
      task.retries,
      task.delay,
    ],
    after: [...(task.changedWhen ?? []), ...(task.failedWhen ?? []), ...(task.until ?? [])],
  };
}

/** The same of an include itself. */
export function textsOfInclude(include: Include): Pick<ReturnType<typeof textsOf>, 'before' | 'each'> {
  return { before: [include.loop], each: [include.name, include.target, include.from, ...include.when] };
}
