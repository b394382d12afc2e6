import type { HostEnded, TaskEnded } from '../../engine/run/events.ts';

/** A task's end with what a test says of it. */
export function taskEnded(parts: Partial<TaskEnded>): TaskEnded {
  return {
    event: 'task_ended',
    host: 'web1',
    task: 'copy',
    module: 'copy',
    handler: false,
    status: 'ok',
    changes: [],
    step: 1,
    ...parts,
  };
}

/** A host's end with what a test says of it. */
export function hostEnded(parts: Partial<HostEnded>): HostEnded {
  return { event: 'host_ended', host: 'web1', status: 'ok', counts: {}, owes: [], sends: 1, ...parts };
}
