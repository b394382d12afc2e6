import { facts } from '../facts/index.ts';
import { FettleError } from '../errors.ts';
import type { Registry } from '../load/find_module.ts';
import { registry } from '../modules/index.ts';
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
import type { Course, RunOptions } from './carry_out.ts';
import type { Controller } from './controller.ts';
import { statusOf } from './exit.ts';
import { handlersAgain, type HandlersByHost, type RanAgain } from './handlers_again.ts';
import type { HostOptions } from './options.ts';
import { version } from './version.ts';

/** The options that say what is taken back; how it is shown is not among them. */
export type UndoOptions = RunOptions & Pick<HostOptions, 'limit'>;

/** The run to take back: its name and its record. */
export interface Recorded {
  readonly run: string;
  readonly events: readonly Event[];
}

/** What taking a run back is given besides hosts and a record; the modules are those of fettle where nothing is said. */
export interface UndoCourse extends Omit<Course, 'local'> {
  readonly registry?: Registry;
}

/** Takes a recorded run back, and tells how it goes. Gives the exit status. */
export async function takeBack(
  controller: Controller,
  { run, events }: Recorded,
  options: UndoOptions,
  course: UndoCourse,
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
    files: [],
    undoes: run,
    inventories: controller.sources,
    check: request.check,
    reach: started?.reach ?? {},
  });
  request.emit({ event: 'play_started', play: `undo of ${run}`, hosts });
  if (hosts.length === 0) request.emit({ event: 'said', level: 'message', text: nothing(changes.size) });
  const forks = new Forks(options.forks);
  const undone = new Map<string, UndoneOnHost>();
  await Promise.all(
    hosts.map(async (host) => {
      undone.set(host, await undoOne(request, forks, host, changes.get(host) ?? []));
    }),
  );
  const again = await handlersAgain(controller, started?.files ?? [], handlersOf(hosts, undone), options, {
    registry,
    ...course,
  });
  request.emit({ event: 'play_ended', play: `undo of ${run}` });
  const statuses: HostStatus[] = [];
  for (const host of hosts)
    statuses.push(await tellEnd(request, host, undone.get(host) as UndoneOnHost, again));
  const exit = statusOf(
    statuses.map((status) => ({ status })),
    { interrupted: request.interrupted(), pendingCounts: false },
  );
  request.emit({ event: 'run_ended', at: now(), check: request.check, exit });
  return exit;
}

/** The handlers that are due where something was taken back that they had made take effect. */
function handlersOf(hosts: readonly string[], undone: ReadonlyMap<string, UndoneOnHost>): HandlersByHost {
  const due = hosts.map((host) => [host, undone.get(host)?.handlers ?? []] as const);
  return new Map(due.filter(([, handlers]) => handlers.length > 0));
}

async function tellEnd(
  request: UndoRequest,
  host: string,
  undone: UndoneOnHost,
  again: RanAgain,
): Promise<HostStatus> {
  const ran = again.hosts.find(({ name }) => name === host);
  const behind = ran?.owes ?? [];
  // What waits behind a handler that failed is there; its name may come without its role.
  const lost = (again.owed.get(host) ?? []).filter((name) => !behind.some((one) => isNamed(name, one)));
  const owes = [...behind, ...lost];
  const { message, next } = lost.length > 0 ? { ...notRunAgain(lost), ...undone } : undone;
  const isFailed = owes.length > 0 || ran?.status === 'failed' || ran?.status === 'unreachable';
  const status = isFailed && undone.status !== 'unreachable' ? 'failed' : undone.status;
  request.emit({
    event: 'host_ended',
    host,
    status,
    counts: added(undone.counts, ran?.counts ?? {}),
    owes: [...new Set(owes)],
    sends: undone.sends + ((await ran?.sends()) ?? 0),
    ...(message === undefined ? {} : { message }),
    ...(next === undefined ? {} : { next }),
  });
  return status;
}

function isNamed(recorded: string, name: string): boolean {
  return recorded === name || recorded.endsWith(` : ${name}`);
}

function notRunAgain(handlers: readonly string[]): { readonly message: string; readonly next: string } {
  return {
    message: `its changes were taken back, but these handlers could not be run again: ${handlers.join(', ')}`,
    next: 'the playbooks of that run cannot be read any more, or have no such handlers now: do by hand what they did',
  };
}

type Counts = Readonly<Partial<Record<TaskStatus | 'rescued', number>>>;

function added(one: Counts, other: Counts): Counts {
  const sum: Partial<Record<TaskStatus | 'rescued', number>> = { ...one };
  for (const [name, count] of Object.entries(other) as [TaskStatus, number][])
    sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function nothing(changedHosts: number): string {
  return changedHosts === 0
    ? 'that run changed nothing: there is nothing to take back'
    : 'that run changed nothing on these hosts';
}

/** In the order of the inventory; `localhost` may be none of its hosts. */
function hostsOf(
  controller: Controller,
  changes: ReadonlyMap<string, readonly RecordedChange[]>,
  options: UndoOptions,
): readonly string[] {
  const known = controller.inventory.hosts;
  const hosts = [
    ...[...known.keys()].filter((host) => changes.has(host)),
    ...[...changes.keys()].filter((host) => !known.has(host)),
  ];
  if (options.limit === undefined) return hosts;
  const limited = new Set(controller.select(options.limit));
  return hosts.filter((host) => limited.has(host));
}

interface UndoneOnHost {
  readonly status: HostStatus;
  readonly counts: Counts;
  readonly sends: number;
  /** Those that are to run again. */
  readonly handlers: readonly string[];
  readonly message?: string;
  readonly next?: string;
}

async function undoOne(
  request: UndoRequest,
  forks: Forks,
  host: string,
  changes: readonly RecordedChange[],
): Promise<UndoneOnHost> {
  await forks.take();
  try {
    const { done, sends, handlers } = await undoHost(request, host, changes);
    const isUndone = done.includes('undone') || done.includes('would undo');
    const isWhole = !done.some((one) => one === 'impossible' || one === 'moved' || one === 'failed');
    return {
      status: !isWhole ? 'failed' : isUndone ? 'changed' : 'ok',
      counts: countsOf(done),
      sends,
      handlers: isUndone ? handlers : [],
    };
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    return {
      status: error.kind === 'unreachable' ? 'unreachable' : 'failed',
      counts: {},
      sends: 0,
      handlers: [],
      message: error.message,
      ...(error.next === undefined ? {} : { next: error.next }),
    };
  } finally {
    forks.give();
  }
}

function countsOf(done: readonly Undone[]): Counts {
  const changed = done.filter((one) => one === 'undone' || one === 'would undo').length;
  const ok = done.filter((one) => one === 'already').length;
  const failed = done.filter((one) => one === 'impossible' || one === 'moved' || one === 'failed').length;
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
