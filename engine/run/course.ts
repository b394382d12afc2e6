import type { Host } from './host.ts';
import { Meeting } from './meeting.ts';
import { Once } from './once.ts';
import { theEnd, type Place } from './place.ts';
import { Throttles } from './throttles.ts';

/** How many failed and unreachable hosts end a play. */
export interface Limits {
  /** Reached by that many hosts; 0 is reached by the first. */
  readonly maxFail?: number;
  /** Reached by that share of the play's hosts, in percent. */
  readonly maxFailPercentage?: number;
  readonly anyErrorsFatal: boolean;
}

/** What the hosts of one play have in common while they go through it. */
export class Course {
  /** For `run_once` over all batches. */
  readonly once = new Once();
  readonly throttles = new Throttles();
  /** Why no host is to begin another task; the run goes no further. */
  stopped: string | undefined;
  /** `end_play`: no host begins another task, and none has failed by that. */
  ended = false;
  /** The number of the batch under way, from 1. */
  batch = 0;
  /** `end_batch`: the same for the batch under way. */
  batchEnded = false;
  /** Where the hosts of the batch under way are, and wait for each other. */
  meeting = new Meeting([]);
  /** Why no further batch begins; the one under way goes on. */
  closed: string | undefined;
  readonly #limits: Limits;
  readonly #hosts: number;
  readonly #lost = new Set<Host>();

  constructor(limits: Limits, hosts: readonly string[]) {
    this.#limits = limits;
    this.#hosts = hosts.length;
  }

  /** Counts a host that failed or cannot be reached, over all batches. `isFatal` is what its task says of errors, where it says anything. */
  lose(host: Host, isFatal: boolean | undefined): void {
    this.#lost.add(host);
    const lost = this.#lost.size;
    const { maxFail, maxFailPercentage, anyErrorsFatal } = this.#limits;
    if (isFatal ?? anyErrorsFatal) this.stop(`any_errors_fatal: ${host.name} ${host.status}`);
    else if (maxFail !== undefined && lost >= maxFail)
      this.stop(`max_fail: ${lost} of at most ${maxFail} failed or unreachable`);
    else if (maxFailPercentage !== undefined && (100 * lost) / this.#hosts >= maxFailPercentage)
      this.stop(
        `max_fail_percentage: ${lost} of ${this.#hosts} hosts failed or unreachable, the limit is ${maxFailPercentage} %`,
      );
  }

  /** Begins the next batch. */
  open(batch: readonly string[]): void {
    this.batch += 1;
    this.batchEnded = false;
    this.meeting = new Meeting(batch);
    this.once.open(batch, this.meeting);
  }

  /** Says that a host is at a place, all before it done. */
  reach(host: string, place: Place): void {
    this.meeting.reach(host, place);
    this.once.moved(host, place);
  }

  /** Says that a host goes no further in this batch. */
  leave(host: string): void {
    this.reach(host, theEnd);
  }

  /** Lets no further batch begin. */
  close(why: string): void {
    this.closed ??= why;
  }

  /** The first reason counts. */
  stop(why: string): void {
    this.stopped ??= why;
  }

  /** Whether limits were set at all: they then say what a batch may lose. */
  get hasLimits(): boolean {
    const { maxFail, maxFailPercentage, anyErrorsFatal } = this.#limits;
    return anyErrorsFatal || maxFail !== undefined || maxFailPercentage !== undefined;
  }
}
