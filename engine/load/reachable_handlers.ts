import type { Play, Step, Task } from './playbook.ts';
import { includesOf, tasksOf } from './tasks_of.ts';

const never = { get: () => undefined, has: () => false };

/** The handlers that some steps may notify, and those that these notify in turn; all where a name is made by a template. */
export function reachableHandlers(steps: readonly Step[], handlers: Play['handlers']): readonly Task[] {
  const brought = includesOf(steps).flatMap(({ known }) => known?.handlers ?? []);
  const all = [...handlers, ...brought];
  const reached = new Set<Task>();
  let tasks = tasksOf(steps);
  // What an include brings that is not known yet may notify any.
  if (includesOf(steps).some(({ known, keyword }) => !known && keyword !== 'include_vars')) return all;
  while (tasks.length > 0) {
    const notified = tasks.flatMap(({ notify }) => notify);
    if (!notified.every(({ constant }) => constant)) return all;
    const names = new Set(notified.map((name) => String(name.render(never))));
    tasks = all.filter((handler) => !reached.has(handler) && isNamed(handler, names));
    for (const handler of tasks) reached.add(handler);
  }
  return all.filter((handler) => reached.has(handler));
}

function isNamed({ name, listen, role }: Task, names: ReadonlySet<string>): boolean {
  if (!name.constant || listen.some((topic) => names.has(topic))) return true;
  const own = String(name.render(never));
  return names.has(own) || (role !== undefined && names.has(`${role.name} : ${own}`));
}
