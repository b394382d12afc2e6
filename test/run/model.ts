import type { Fate, Handler, RandomPlay, Step } from './random_plays.ts';

/** What becomes of a host, by the reference. */
export interface Expected {
  readonly lines: readonly string[];
  readonly status: string;
  readonly rescued: number;
  readonly owes: readonly string[];
}

type Place = readonly number[];
type Task = Extract<Step, { kind: 'task' }>;

/** What a host wants to know of the others: it stands at a task that runs once. */
interface AtOnce {
  readonly task: Task;
  readonly place: Place;
}
type Shared = 'run' | 'ok' | 'failed' | 'nobody';
type Course = Generator<AtOnce, void, Shared>;

class Failed extends Error {}
/** Because of others: the host itself has done nothing wrong. */
class Blocked extends Failed {}
class Lost extends Error {}
class Ending extends Error {}

/**
 * What semantics.md says of a play, one host after the other, by exceptions that run through blocks: nothing of the
 * engine is used. Hosts wait for each other only at tasks that run once, which the first of them for which `when` holds runs.
 */
export function expectedOf(play: RandomPlay): Readonly<Record<string, Expected>> {
  const hosts = play.hosts.map((name) => new ModelHost(name, play));
  const courses = hosts.map((host) => host.course());
  const standing = courses.map((course) => course.next());
  for (;;) {
    const waiting = standing.flatMap((at, index) => (at.done ? [] : [{ index, ...at.value }]));
    if (waiting.length === 0) break;
    const { place, task } = waiting.reduce((least, one) =>
      compare(one.place, least.place) < 0 ? one : least,
    );
    const here = waiting.filter((one) => compare(one.place, place) === 0);
    const fateOf = (index: number): Fate => task.fates[play.hosts[index] as string] ?? 'ok';
    const able = here.map(({ index }) => index).filter((index) => fateOf(index) !== 'skipped');
    // Those that are lost at it step aside for the next.
    const ran = able.find((index) => fateOf(index) !== 'lost');
    const tried = ran === undefined ? able : able.slice(0, able.indexOf(ran) + 1);
    const isFailed = ran !== undefined && fateOf(ran) === 'failed' && !task.ignore;
    for (const { index } of here) {
      const answer: Shared = tried.includes(index)
        ? 'run'
        : ran === undefined
          ? 'nobody'
          : isFailed
            ? 'failed'
            : 'ok';
      standing[index] = (courses[index] as Course).next(answer);
    }
  }
  return Object.fromEntries(hosts.map((host) => [host.name, host.ended()]));
}

class ModelHost {
  readonly name: string;
  readonly #play: RandomPlay;
  readonly #lines: string[] = [];
  readonly #notified = new Set<string>();
  readonly #failedHandlers = new Set<string>();
  /** Handlers of the flush under way that are still to come. */
  #queue: readonly Handler[] = [];
  #rescued = 0;
  /** Failures, of its own or shared, that nothing has rescued so far. */
  readonly #failed: ('own' | 'shared')[] = [];
  #changed = false;
  /** How often its end was asked for. */
  #ends = 0;
  #isLost = false;
  #status = '';

  constructor(name: string, play: RandomPlay) {
    this.name = name;
    this.#play = play;
  }

  /** Goes through the play: its tasks, its handlers, the gate. */
  *course(): Course {
    const { tasks, gate, forced } = this.#play;
    yield* this.#guarded(() => this.#tasks(tasks));
    if (this.#isLost) return;
    const mayFlush = (): boolean => this.#status === '' || forced;
    if (mayFlush()) yield* this.#guarded(() => this.#flush([1]));
    if (this.#isLost || this.#ends > 0) return;
    if (this.#status === '') yield* this.#guarded(() => this.#steps(gate, [2]));
    if (this.#isLost || !mayFlush()) return;
    if (this.#notified.size > 0) yield* this.#guarded(() => this.#flush([3]));
  }

  ended(): Expected {
    const { handlers } = this.#play;
    const owed = new Set([...this.#notified, ...this.#failedHandlers]);
    const clean = this.#rescued > 0 ? 'rescued' : this.#changed ? 'changed' : 'ok';
    return {
      lines: this.#lines,
      status: this.#isLost ? 'unreachable' : this.#status || clean,
      rescued: this.#rescued,
      owes: handlers.flatMap(({ name }) => (owed.has(name) ? [name] : [])),
    };
  }

  /** A part of the play that a host may leave before its end. */
  *#guarded(act: () => Course): Course {
    try {
      yield* act();
    } catch (error) {
      if (error instanceof Lost) this.#isLost = true;
      else if (error instanceof Failed)
        this.#status = this.#failed.includes('own') || this.#status === 'failed' ? 'failed' : 'blocked';
      else if (!(error instanceof Ending)) throw error;
    }
  }

  *#tasks(tasks: readonly Step[]): Course {
    yield* this.#steps(tasks, [0]);
    // The flush that belongs to the section.
    yield* this.#flush([0, tasks.length]);
  }

  *#steps(steps: readonly Step[], place: Place): Course {
    for (const [index, step] of steps.entries()) yield* this.#step(step, [...place, index]);
  }

  *#step(step: Step, place: Place): Course {
    if (step.kind === 'task') yield* this.#task(step, place);
    else if (step.kind === 'block') yield* this.#block(step, place);
    else if (step.kind === 'include') yield* this.#include(step, place);
    else if (!this.#isLost && step.hosts.includes(this.name)) {
      if (step.action === 'flush_handlers') yield* this.#flush(place);
      else {
        this.#ends += 1;
        throw new Ending();
      }
    }
  }

  *#include({ file: _file, steps, times, hosts }: Extract<Step, { kind: 'include' }>, place: Place): Course {
    const isWanted = hosts.includes(this.name) && times > 0;
    this.#lines.push(`include_tasks: ${isWanted ? 'ok' : 'skipped'}`);
    if (!isWanted) return;
    for (let index = 0; index < times; index += 1) yield* this.#steps(steps, [...place, index]);
  }

  *#block({ block, rescue, always }: Extract<Step, { kind: 'block' }>, place: Place): Course {
    const endsBefore = this.#ends;
    const failedBefore = this.#failed.length;
    let left: unknown;
    try {
      yield* this.#steps(block, [...place, 0]);
    } catch (error) {
      left = error;
      if (error instanceof Failed && rescue.length > 0) {
        left = undefined;
        try {
          yield* this.#steps(rescue, [...place, 1]);
        } catch (again) {
          left = again;
        }
        // All that failed on the way is rescued.
        if (left === undefined || left instanceof Ending) {
          this.#rescued += this.#failed.splice(failedBefore).length;
        }
      }
    }
    const wasLost = left instanceof Lost;
    this.#isLost ||= wasLost;
    try {
      yield* this.#steps(always, [...place, 2]);
    } catch (error) {
      if (!isMilder(error, left)) left = error;
    }
    if (wasLost) throw new Lost();
    if (left !== undefined && !(left instanceof Ending)) throw left;
    // An end that was asked for within holds, though a rescue came between.
    if (this.#ends > endsBefore) throw new Ending();
  }

  *#task(task: Task, place: Place): Course {
    const fate = task.fates[this.name] ?? 'ok';
    const shared = task.once ? yield { task, place } : 'run';
    if (shared === 'ok') return;
    if (shared === 'failed') {
      this.#failed.push('shared');
      throw new Blocked();
    }
    this.#end(task.name, fate, task);
  }

  #end(name: string, fate: Fate, { ignore, notify }: { ignore: boolean; notify: readonly string[] }): void {
    const status =
      fate === 'failed' && ignore ? 'ignored' : fate === 'lost' ? 'unreachable' : (fate as string);
    this.#lines.push(`${name}: ${status}`);
    if (fate === 'lost') throw new Lost();
    if (status === 'failed') {
      this.#failed.push('own');
      throw new Failed();
    }
    if (fate !== 'changed') return;
    this.#changed = true;
    for (const handler of notify)
      if (!this.#queue.some((one) => one.name === handler)) this.#notified.add(handler);
  }

  /** Each handler once a flush, in the order of their definition; those that they notify follow. */
  *#flush(_place: Place): Course {
    const flushed = new Set<string>();
    for (;;) {
      const due = this.#play.handlers.filter(({ name }) => this.#notified.has(name) && !flushed.has(name));
      if (due.length === 0) return;
      for (const { name } of due) {
        flushed.add(name);
        this.#notified.delete(name);
        this.#failedHandlers.delete(name);
      }
      this.#queue = due;
      try {
        for (const handler of due) {
          this.#queue = this.#queue.slice(1);
          this.#handler(handler);
        }
      } finally {
        for (const { name } of this.#queue) this.#notified.add(name);
        this.#queue = [];
      }
    }
  }

  #handler({ name, fates, notify }: Handler): void {
    try {
      this.#end(name, fates[this.name] ?? 'ok', { ignore: false, notify });
    } catch (error) {
      this.#failedHandlers.add(name);
      throw error;
    }
  }
}

/** What made the host leave is not forgotten for an end that was asked for, nor its own failure for that of others. */
function isMilder(error: unknown, before: unknown): boolean {
  const hasFailed = before instanceof Failed || before instanceof Lost;
  if (error instanceof Ending) return hasFailed;
  return error instanceof Blocked && hasFailed && !(before instanceof Blocked);
}

function compare(one: Place, other: Place): number {
  for (let index = 0; index < Math.min(one.length, other.length); index += 1) {
    const difference = (one[index] as number) - (other[index] as number);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
