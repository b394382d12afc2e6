import { facts } from '../facts/index.ts';
import { FettleError } from '../errors.ts';
import type { Event, HostStatus, RecordedIdentity, TaskStatus } from '../run/events.ts';
import { Forks } from '../run/forks.ts';
import { loginIdentity } from '../run/host.ts';
import {
  recordedChanges,
  undoHost,
  type RecordedChange,
  type Undone,
  type UndoRequest,
} from '../run/undo.ts';
import type { Identity } from '../transport/transport.ts';
import type { Course } from './carry_out.ts';
import type { Controller } from './controller.ts';
import { statusOf } from './exit.ts';
import type { HostOptions } from './options.ts';
import { version } from './version.ts';

/** The options that say what is taken back; how it is shown is not among them. */
export type UndoOptions = Pick<HostOptions, 'forks' | 'check' | 'limit'>;

/** The run to take back: its name and its record. */
export interface Recorded {
  readonly run: string;
  readonly events: readonly Event[];
}

/** Takes a recorded run back, and tells how it goes. Gives the exit status. */
export async function takeBack(
  controller: Controller,
  { run, events }: Recorded,
  options: UndoOptions,
  course: Omit<Course, 'local' | 'flush'>,
): Promise<number> {
  const started = events.find((event) => event.event === 'run_started');
  const changes = recordedChanges(events);
  const hosts = hostsOf(controller, changes, options);
  const request: UndoRequest = {
    run,
    check: options.check === true,
    emit: course.emit,
    facts,
    connect: (host, wish) => controller.connect(host, wish, controller.plainVariables(host)),
    identity: (host, recorded) => identity(controller, host, recorded),
    interrupted: course.interrupted,
  };
  request.emit({
    event: 'run_started',
    at: now(),
    run: course.run,
    version,
    playbooks: [`undo of ${run}`],
    inventories: controller.sources,
    check: request.check,
    reach: started?.reach ?? {},
  });
  request.emit({ event: 'play_started', play: `undo of ${run}`, hosts });
  if (hosts.length === 0) request.emit({ event: 'said', level: 'message', text: nothing(changes.size) });
  const forks = new Forks(options.forks);
  const statuses = await Promise.all(
    hosts.map((host) => undoOne(request, forks, host, changes.get(host) ?? [])),
  );
  request.emit({ event: 'play_ended', play: `undo of ${run}` });
  const exit = statusOf(
    statuses.map((status) => ({ status })),
    { interrupted: request.interrupted(), pendingCounts: false },
  );
  request.emit({ event: 'run_ended', at: now(), check: request.check, exit });
  return exit;
}

function nothing(changedHosts: number): string {
  return changedHosts === 0
    ? 'that run changed nothing: there is nothing to take back'
    : 'that run changed nothing on these hosts';
}

function hostsOf(
  controller: Controller,
  changes: ReadonlyMap<string, readonly RecordedChange[]>,
  options: UndoOptions,
): readonly string[] {
  if (options.limit === undefined) return [...changes.keys()];
  const limited = new Set(controller.select(options.limit));
  return [...changes.keys()].filter((host) => limited.has(host));
}

async function undoOne(
  request: UndoRequest,
  forks: Forks,
  host: string,
  changes: readonly RecordedChange[],
): Promise<HostStatus> {
  await forks.take();
  try {
    const { done, sends } = await undoHost(request, host, changes);
    const isWhole = done.every((one) => one === 'undone' || one === 'already' || one === 'would undo');
    const status: HostStatus = !isWhole
      ? 'failed'
      : done.includes('undone') || done.includes('would undo')
        ? 'changed'
        : 'ok';
    request.emit({
      event: 'host_ended',
      host,
      status,
      counts: countsOf(done),
      owes: [],
      sends,
    });
    return status;
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    const status: HostStatus = error.kind === 'unreachable' ? 'unreachable' : 'failed';
    const next = error.next === undefined ? {} : { next: error.next };
    request.emit({
      event: 'host_ended',
      host,
      status,
      counts: {},
      owes: [],
      sends: 0,
      message: error.message,
      ...next,
    });
    return status;
  } finally {
    forks.give();
  }
}

function countsOf(done: readonly Undone[]): Partial<Record<TaskStatus, number>> {
  const changed = done.filter((one) => one === 'undone' || one === 'would undo').length;
  const ok = done.filter((one) => one === 'already').length;
  const failed = done.length - changed - ok;
  return {
    ...(changed === 0 ? {} : { changed }),
    ...(ok === 0 ? {} : { ok }),
    ...(failed === 0 ? {} : { failed }),
  };
}

/** The identity that made a change; its password comes from the inventory or the command line, as in a run. */
function identity(controller: Controller, host: string, recorded: RecordedIdentity): Identity {
  if (recorded.method === null) return loginIdentity;
  const wish = { become: true, user: recorded.user ?? undefined, method: recorded.method };
  return controller.identity(host, wish, controller.plainVariables(host));
}

function now(): string {
  return new Date().toISOString();
}
