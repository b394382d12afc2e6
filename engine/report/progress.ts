import type { BatchStarted, Event, HostStatus, TaskEnded, Waiting } from '../run/events.ts';

const wentWell: readonly HostStatus[] = ['ok', 'changed', 'rescued'];

/** How far the hosts of a play are. */
export class Progress {
  readonly play: string;
  /** How many hosts the play has. */
  readonly hosts: number;
  readonly begun = new Set<string>();
  readonly done = new Set<string>();
  /** Those of them that did not come to the play's end. */
  readonly stopped = new Set<string>();
  readonly changed = new Set<string>();
  /** Hosts that failed or were lost, with the task where they did. */
  readonly attention = new Map<string, TaskEnded>();
  /** Hosts that wait, with what for. */
  readonly waiting = new Map<string, Waiting>();
  batch: BatchStarted | undefined;

  constructor(play: string, hosts: number) {
    this.play = play;
    this.hosts = hosts;
  }

  /** Whether anything is amiss. */
  get isInTrouble(): boolean {
    return this.attention.size > 0 || this.stopped.size > 0;
  }

  /** Counts an event; gives whether it changes anything here. */
  take(event: Event): boolean {
    switch (event.event) {
      case 'batch_started':
        this.batch = event;
        return true;
      case 'host_started':
        this.begun.add(event.host);
        return true;
      case 'host_done':
        this.begun.add(event.host);
        this.done.add(event.host);
        if (!wentWell.includes(event.status)) this.stopped.add(event.host);
        this.waiting.delete(event.host);
        return true;
      case 'waiting':
        this.begun.add(event.host);
        this.waiting.set(event.host, event);
        return true;
      case 'rescued':
        this.attention.delete(event.host);
        return true;
      case 'task_ended':
        this.#takeTask(event);
        return true;
      default:
        return false;
    }
  }

  #takeTask(event: TaskEnded): void {
    const { host, status } = event;
    this.begun.add(host);
    this.waiting.delete(host);
    if (status === 'changed') this.changed.add(host);
    if (status === 'failed' || status === 'unreachable' || status === 'unknown')
      this.attention.set(host, event);
  }
}
