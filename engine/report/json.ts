import type { Event, HostEnded, TaskEnded } from '../run/events.ts';

/** A whole run as one value: how it went, and each host with its tasks. */
export function jsonDocument(events: readonly Event[]): object {
  const started = events.find((event) => event.event === 'run_started');
  const ended = events.find((event) => event.event === 'run_ended');
  const tasks = new Map<string, Omit<TaskEnded, 'event' | 'host'>[]>();
  for (const each of events) {
    if (each.event !== 'task_ended') continue;
    const { event: _event, host, ...task } = each;
    const own = tasks.get(host);
    if (own) own.push(task);
    else tasks.set(host, [task]);
  }
  const hosts = events.filter((event): event is HostEnded => event.event === 'host_ended');
  return {
    run: started?.run,
    version: started?.version,
    check: started?.check,
    playbooks: started?.playbooks,
    inventories: started?.inventories,
    started: started?.at,
    ended: ended?.at,
    exit: ended?.exit,
    hosts: Object.fromEntries(
      hosts.map(({ event: _event, host, ...end }) => [host, { ...end, tasks: tasks.get(host) ?? [] }]),
    ),
    said: events.flatMap((event) =>
      event.event === 'said' ? [{ host: event.host, level: event.level, text: event.text }] : [],
    ),
  };
}
