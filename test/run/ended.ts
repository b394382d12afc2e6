import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangeStarted, Event, HostEnded, TaskEnded } from '../../engine/run/events.ts';

/** What a run came to. */
export class Ended {
  readonly run: string;
  readonly exit: number;
  readonly events: readonly Event[];
  /** The folder of its record. */
  readonly folder: string;

  constructor(run: string, exit: number, events: readonly Event[], folder: string) {
    this.run = run;
    this.exit = exit;
    this.events = events;
    this.folder = folder;
  }

  host(name = 'h1'): HostEnded {
    const found = this.events.find((event) => event.event === 'host_ended' && event.host === name);
    if (found?.event !== 'host_ended') throw new Error(`${name} did not end`);
    return found;
  }

  /** How often fettle spoke to a host. */
  sends(name = 'h1'): number {
    return this.host(name).sends;
  }

  tasks(host = 'h1'): readonly TaskEnded[] {
    return this.events.filter(
      (event): event is TaskEnded => event.event === 'task_ended' && event.host === host,
    );
  }

  /** "name: status" of each task in order, an item in brackets. */
  line(host = 'h1'): readonly string[] {
    return this.tasks(host).map(
      ({ task, item, status }) => `${task}${item === undefined ? '' : ` (${item})`}: ${status}`,
    );
  }

  /** The one task of a name. */
  task(name: string, host = 'h1'): TaskEnded {
    const found = this.tasks(host).filter(({ task }) => task === name);
    if (found.length !== 1)
      throw new Error(`${found.length} tasks are called ${name}: ${this.line(host).join(', ')}`);
    return found[0] as TaskEnded;
  }

  changes(host = 'h1'): readonly ChangeStarted[] {
    return this.events.filter(
      (event): event is ChangeStarted => event.event === 'change_started' && event.host === host,
    );
  }

  /** What `debug` said. */
  said(host = 'h1'): readonly string[] {
    return this.events.flatMap((event) =>
      event.event === 'said' && event.host === host ? [event.text] : [],
    );
  }

  /** The record on disk. */
  record(): string {
    return readFileSync(join(this.folder, 'events.jsonl'), 'utf8');
  }
}
