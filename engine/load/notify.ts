import { didYouMean } from '../template/closest.ts';
import type { ValueTemplate } from '../template/template.ts';
import type { Mistakes } from './mistakes.ts';
import type { Task } from './playbook.ts';

/** Finds handlers of one name, and notifications that reach no handler. */
export function checkNotify(tasks: readonly Task[], handlers: readonly Task[], mistakes: Mistakes): void {
  const names = new Map<string, Task>();
  for (const handler of handlers) {
    const name = textOf(handler.name);
    if (name === undefined) continue;
    const before = names.get(name);
    if (before && handler.name.at !== handler.at)
      mistakes.add(handler.name.at, {
        summary: `Two handlers are named \`${name}\``,
        detail: `The first one is at ${before.at.file}:${before.at.line}:${before.at.column}.`,
        next: 'Rename one of them; to run both, give both the same `listen`.',
      });
    names.set(name, handler);
  }
  const topics = [...names.keys(), ...handlers.flatMap((handler) => handler.listen)];
  // A name made by a template may turn out to be any.
  if (handlers.some((handler) => !handler.name.constant)) return;
  for (const notified of tasks.flatMap((task) => task.notify)) {
    const name = textOf(notified);
    if (name === undefined || topics.includes(name)) continue;
    mistakes.add(notified.at, {
      summary: `No handler is named \`${name}\``,
      detail:
        topics.length > 0
          ? `The handlers of this play are: ${topics.join(', ')}.`
          : 'This play has no handlers.',
      next: didYouMean(name, topics) ?? 'Add it to `handlers:` of this play.',
    });
  }
}

function textOf(template: ValueTemplate): string | undefined {
  return template.constant ? String(template.render({ get: () => undefined, has: () => false })) : undefined;
}
