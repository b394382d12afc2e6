import { place } from '../error_text.ts';
import { didYouMean } from '../template/closest.ts';
import type { ValueTemplate } from '../template/template.ts';
import { constant } from '../template/value.ts';
import type { Mistakes } from './mistakes.ts';
import { ownName } from './names_of.ts';
import type { Play, Task } from './playbook.ts';
import { includesOf, mapTasks, tasksOf } from './tasks_of.ts';

type Parts = Pick<Play, 'steps' | 'gate' | 'handlers'>;

/**
 * Finds handlers of one name, and notifications that reach no handler. What a role notifies is its own handler where
 * several have the name.
 */
export function settleNotify(play: Parts, mistakes: Mistakes): Parts {
  const steps = [...play.steps, ...play.gate];
  const includes = includesOf(steps);
  const handlers = [...play.handlers, ...includes.flatMap(({ known }) => known?.handlers ?? [])];
  checkNames(handlers, mistakes);
  const isOpen = includes.some(({ known, keyword }) => !known && keyword !== 'include_vars');
  // A name made by a template, or one that is not read yet, may turn out to be any.
  if (!isOpen && handlers.every((handler) => handler.name.constant))
    checkTopics([...tasksOf(steps), ...handlers], handlers, mistakes);
  const change = (task: Task) => withOwnHandlers(task, play.handlers);
  return {
    steps: mapTasks(play.steps, change),
    gate: mapTasks(play.gate, change),
    handlers: play.handlers.map(change),
  };
}

function checkNames(handlers: readonly Task[], mistakes: Mistakes): void {
  const names = new Map<string, Task>();
  for (const handler of handlers) {
    const name = ownName(handler);
    if (name === undefined) continue;
    const key = `${handler.role?.path ?? ''}\0${name}`;
    const before = names.get(key);
    // A role that is used twice brings its handlers twice.
    if (before && place(before.at) !== place(handler.at))
      mistakes.add(handler.name.at, {
        summary: `Two handlers are named \`${name}\``,
        detail: `The first one is at ${place(before.at)}.`,
        next: 'Rename one of them; to run both, give both the same `listen`.',
      });
    names.set(key, handler);
  }
}

function checkTopics(tasks: readonly Task[], handlers: readonly Task[], mistakes: Mistakes): void {
  const names = handlers.flatMap((handler) => ownName(handler) ?? []);
  const topics = [...new Set([...names, ...handlers.flatMap(({ listen }) => listen)])];
  const ofRoles = handlers.flatMap(({ role, name }) => (role ? [`${role.name} : ${textOf(name)}`] : []));
  for (const notified of tasks.flatMap((task) => task.notify)) {
    const name = textOf(notified);
    if (name === undefined || topics.includes(name) || ofRoles.includes(name)) continue;
    mistakes.add(notified.at, {
      summary: `No handler is named \`${name}\``,
      detail:
        topics.length > 0
          ? `The handlers of this play are: ${topics.join(', ')}.`
          : 'This play has no handlers.',
      next:
        several(name, [...topics, ...ofRoles]) ??
        didYouMean(name, [...topics, ...ofRoles]) ??
        'Add it to `handlers:` of this play.',
    });
  }
}

// Tags may be written so, names of handlers may hold a comma.
function several(name: string, known: readonly string[]): string | undefined {
  const parts = name.split(',').map((part) => part.trim());
  return parts.length > 1 && parts.every((part) => known.includes(part))
    ? `Write a list: \`notify: [${parts.join(', ')}]\`.`
    : undefined;
}

function withOwnHandlers(task: Task, handlers: readonly Task[]): Task {
  const { role } = task;
  if (!role || task.notify.length === 0) return task;
  const notify = task.notify.map((notified) => {
    const name = textOf(notified);
    const named = handlers.filter((handler) => name !== undefined && textOf(handler.name) === name);
    const isShared = named.some((handler) => handler.role?.path !== role.path);
    const own = named.find((handler) => handler.role?.path === role.path);
    return own?.role && isShared ? constant(`${own.role.name} : ${name}`, notified.at) : notified;
  });
  return { ...task, notify };
}

function textOf(template: ValueTemplate): string | undefined {
  return template.constant ? String(template.render({ get: () => undefined, has: () => false })) : undefined;
}
