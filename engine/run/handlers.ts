import { FettleError, type Position } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import type { PlayState } from './play_state.ts';
import type { Unit } from './unit.ts';
import type { HostScope } from './variables.ts';
import type { MetaWork, TaskWork } from './works.ts';

/** Notes the handlers that a task notifies; each runs once, however often it is notified before it does. */
export function notify(state: PlayState, task: Task, units: readonly Unit[]): void {
  const told = new Set<string>();
  for (const { scope } of units) {
    for (const template of task.notify) {
      const wanted = String(template.render(scope));
      if (told.has(wanted)) continue;
      told.add(wanted);
      notifyOne(state, wanted, template.at);
    }
  }
}

function notifyOne(state: PlayState, wanted: string, position: Position): void {
  const handlers = handlersNamed(state, wanted);
  if (handlers.length === 0) {
    throw new FettleError('task', {
      summary: `no handler is named ${wanted}`,
      next: `handlers of this play: ${state.handlers.map((handler) => nameIn(state, handler)).join(', ') || 'none'}`,
      position,
    });
  }
  for (const handler of handlers) if (!isWaiting(state, handler)) state.notified.add(handler);
  state.context.emit({ event: 'handler_notified', host: state.host.name, handler: wanted });
}

/** Makes a handler due without a task that notifies it. */
export function due(state: PlayState, name: string): void {
  for (const handler of handlersNamed(state, name)) state.notified.add(handler);
}

/**
 * Puts the handlers that are due after a flush, in the order of their definition, and the flush once more after them
 * for those that they notify. In one flush a handler runs once: notified again, it waits for the next one.
 */
export function flush(state: PlayState, work: MetaWork): void {
  const flushed = work.flushed ?? new Set<Task>();
  const due = state.handlers.filter((handler) => state.notified.has(handler) && !flushed.has(handler));
  if (due.length === 0) return;
  const { path } = work;
  const works = due.map((handler) => {
    state.notified.delete(handler);
    state.failedHandlers.delete(handler);
    return state.takeHandler(handler, { path, place: [...work.place, 0, state.handlers.indexOf(handler)] });
  });
  const again: MetaWork = {
    ...work,
    place: [...work.place, 1],
    flushed: new Set([...flushed, ...due]),
  };
  state.list.insertAfter(work, [...works, again]);
}

/** The handlers that are due or will be once these tasks have changed something; they are looked ahead for. */
export function handlersAhead(state: PlayState, changing: readonly Task[]): readonly TaskWork[] {
  const ahead = new Set(state.notified);
  for (const task of changing) for (const handler of wouldNotify(state, task)) ahead.add(handler);
  return state.handlers
    .filter((handler) => ahead.has(handler) && !isWaiting(state, handler))
    .map((handler) => state.handlerAhead(handler));
}

/** The names of handlers that were notified and have not run. */
export function owed(state: PlayState): readonly string[] {
  const waiting = state.works.slice(state.at).flatMap((work) => (isHandler(work) ? [work.task] : []));
  const due = new Set([...waiting, ...state.notified, ...state.failedHandlers]);
  return state.handlers.filter((handler) => due.has(handler)).map((handler) => nameIn(state, handler));
}

/** The name of a task as shown: rendered where it can be. */
export function nameOf(task: Task, scope: HostScope): string {
  try {
    return String(task.name.render(scope));
  } catch {
    return task.module.name;
  }
}

/** The name that changes of a handler are recorded under: with its role, where it has one. */
export function recordedName({ work: { task }, scope }: Unit): string {
  const name = nameOf(task, scope);
  return task.role ? `${task.role.name} : ${name}` : name;
}

/** What a handler may be called, where that needs no host. */
export function namesOfHandler({ name, role }: Task): readonly string[] | undefined {
  if (!name.constant) return undefined;
  const own = String(name.render({ get: () => undefined, has: () => false }));
  return role ? [own, `${role.name} : ${own}`] : [own];
}

function nameIn(state: PlayState, handler: Task): string {
  return nameOf(handler, state.scope({ vars: handler.vars, defaults: handler.defaults }));
}

/** Of two handlers with one name the last one counts, as Ansible has it; a topic reaches all that listen. */
function handlersNamed(state: PlayState, wanted: string): readonly Task[] {
  const named = state.handlers.findLast((handler) => {
    const name = nameIn(state, handler);
    return name === wanted || (handler.role && `${handler.role.name} : ${name}` === wanted);
  });
  return state.handlers.filter((handler) => handler === named || handler.listen.includes(wanted));
}

/** Whether it stands after the work at hand already. */
function isWaiting(state: PlayState, handler: Task): boolean {
  return state.works.slice(state.at + 1).some((work) => isHandler(work) && work.task === handler);
}

function isHandler(work: PlayState['works'][number]): work is TaskWork {
  return work.kind === 'task' && work.handler;
}

function wouldNotify(state: PlayState, task: Task): readonly Task[] {
  const scope = state.scope({ vars: task.vars, defaults: task.defaults });
  return task.notify.flatMap((template) => {
    try {
      return handlersNamed(state, String(template.render(scope)));
    } catch {
      // A name that cannot be made yet counts when the task has run.
      return [];
    }
  });
}
