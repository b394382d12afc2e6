import { FettleError } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import type { PlayState } from './play_state.ts';
import type { Work } from './unit.ts';
import type { HostScope } from './variables.ts';

/** Notes the handlers that a task notifies; each runs once, however often it is notified before it does. */
export function notify(state: PlayState, task: Task): void {
  const scope = state.scope({ vars: task.vars });
  for (const template of task.notify) {
    const wanted = String(template.render(scope));
    const handlers = handlersNamed(state, wanted, scope);
    if (handlers.length === 0) {
      throw new FettleError('task', {
        summary: `no handler is named ${wanted}`,
        next: `handlers of this play: ${state.play.handlers.map((handler) => nameOf(handler, scope)).join(', ') || 'none'}`,
        position: template.at,
      });
    }
    for (const handler of handlers) if (!isWaiting(state, handler)) state.notified.add(handler);
    state.context.emit({ event: 'handler_notified', host: state.host.name, handler: wanted });
  }
}

/** Handlers run after the tasks, in the order of their definition; gives whether any is due. */
export function addNotified(state: PlayState): boolean {
  const due = state.play.handlers.filter((handler) => state.notified.has(handler));
  state.notified.clear();
  for (const handler of due) state.addHandler(handler);
  return due.length > 0;
}

/** The handlers that are due or will be once these tasks have changed something; they are looked ahead for. */
export function handlersAhead(state: PlayState, changing: readonly Task[]): readonly Work[] {
  const ahead = new Set(state.notified);
  for (const task of changing) for (const handler of wouldNotify(state, task)) ahead.add(handler);
  return state.play.handlers
    .filter((handler) => ahead.has(handler) && !isWaiting(state, handler))
    .map((handler) => state.handlerAhead(handler));
}

/** The names of handlers that were notified and have not run. */
export function owed(state: PlayState): readonly string[] {
  const waiting = state.works.slice(state.at).filter((work) => work.handler);
  const tasks = new Set([...waiting.map((work) => work.task), ...state.notified]);
  return [...tasks].map((task) => nameOf(task, state.scope({ vars: {} })));
}

/** The name of a task as shown: rendered where it can be. */
export function nameOf(task: Task, scope: HostScope): string {
  try {
    return String(task.name.render(scope));
  } catch {
    return task.module.name;
  }
}

function handlersNamed(state: PlayState, wanted: string, scope: HostScope): readonly Task[] {
  return state.play.handlers.filter(
    (handler) => handler.listen.includes(wanted) || nameOf(handler, scope) === wanted,
  );
}

/** Whether it stands after the work at hand already. */
function isWaiting(state: PlayState, handler: Task): boolean {
  return state.works.slice(state.at + 1).some((work) => work.handler && work.task === handler);
}

function wouldNotify(state: PlayState, task: Task): readonly Task[] {
  const scope = state.scope({ vars: task.vars });
  return task.notify.flatMap((template) => {
    try {
      return handlersNamed(state, String(template.render(scope)), scope);
    } catch {
      // A name that cannot be made yet counts when the task has run.
      return [];
    }
  });
}
