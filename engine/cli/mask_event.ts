import type { Event, ShownChange } from '../run/events.ts';

type Mask = (text: string) => string;

/**
 * An event with all that is text for people masked. What `undo` and reports steer by (hosts, users, folders, statuses)
 * stays as it is: a password may well be "root", and no secret gets there.
 */
export function maskEvent(event: Event, mask: Mask): Event {
  switch (event.event) {
    case 'play_started':
    case 'play_ended':
    case 'batch_started':
      return { ...event, play: mask(event.play) };
    case 'change_started':
      return { ...event, what: event.what.map(mask), ...optional(event, mask, ['impossible']) };
    case 'task_ended':
      return {
        ...event,
        task: mask(event.task),
        changes: event.changes.map((change) => maskChange(change, mask)),
        ...optional(event, mask, ['item', 'message', 'detail', 'output', 'next']),
      };
    case 'rescued':
      return { ...event, task: mask(event.task) };
    case 'handler_notified':
      return { ...event, handler: mask(event.handler) };
    case 'waiting':
      return { ...event, why: mask(event.why) };
    case 'said':
      return { ...event, text: mask(event.text) };
    case 'host_ended':
      return { ...event, owes: event.owes.map(mask), ...optional(event, mask, ['message', 'next']) };
    default:
      return event;
  }
}

function maskChange(change: ShownChange, mask: Mask): ShownChange {
  const { before, after } = change;
  return {
    what: mask(change.what),
    before: before === null ? null : mask(before),
    after: after === null ? null : mask(after),
    ...optional(change, mask, ['impossible', 'path']),
  };
}

function optional<Name extends string>(
  from: { readonly [Key in Name]?: string },
  mask: Mask,
  names: readonly Name[],
): { [Key in Name]?: string } {
  const masked: { [Key in Name]?: string } = {};
  for (const name of names) {
    const value = from[name];
    if (value !== undefined) masked[name] = mask(value);
  }
  return masked;
}
