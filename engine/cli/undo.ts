import { facts } from '../facts/index.ts';
import { newRunName, readRunRecord, RunRecord } from '../journal/run_record.ts';
import { FettleError } from '../errors.ts';
import type { Event, HostStatus, RecordedIdentity } from '../run/events.ts';
import { Forks } from '../run/forks.ts';
import { loginIdentity } from '../run/host.ts';
import { recordedChanges, undoHost, type RecordedChange, type UndoRequest } from '../run/undo.ts';
import type { Identity } from '../transport/transport.ts';
import { Controller } from './controller.ts';
import { statusOf } from './exit.ts';
import type { HostOptions } from './options.ts';
import { Outlet } from './outlet.ts';
import { reportersOf } from './reporters.ts';
import { runsFolder } from './state_folder.ts';
import { version } from './version.ts';

/** `fettle undo RUN`: with the inventories of that run, unless others are given. */
export async function undo([run = '']: readonly string[], options: HostOptions): Promise<number> {
  const folder = runsFolder(process.env);
  const events = readRunRecord(folder, run) as readonly Event[];
  const started = events.find((event) => event.event === 'run_started');
  const inventory = options.inventory.length > 0 ? options.inventory : (started?.inventories ?? []);
  const controller = await Controller.open({ ...started?.reach, ...options, inventory }, []);
  const changes = recordedChanges(events);
  const hosts = hostsOf(controller, changes, options);
  const name = newRunName(new Date());
  const reporters = reportersOf(options.output, options);
  const record = new RunRecord(folder, name);
  const outlet = new Outlet(reporters, controller.secrets, record);
  const request: UndoRequest = {
    run,
    check: options.check === true,
    emit: (event) => outlet.emit(event),
    facts,
    connect: (host, wish) => controller.connect(host, wish, controller.plainVariables(host)),
    identity: (host, recorded) => identity(controller, host, recorded),
  };
  try {
    const at = () => new Date().toISOString();
    request.emit({
      event: 'run_started',
      at: at(),
      run: name,
      version,
      playbooks: [`undo of ${run}`],
      inventories: inventory,
      check: request.check,
      reach: started?.reach ?? {},
    });
    request.emit({ event: 'play_started', play: `undo of ${run}`, hosts });
    const forks = new Forks(options.forks);
    const statuses = await Promise.all(
      hosts.map((host) => undoOne(request, forks, host, changes.get(host) ?? [])),
    );
    request.emit({ event: 'play_ended', play: `undo of ${run}` });
    const exit = statusOf(
      statuses.map((status) => ({ status })),
      { interrupted: false, pendingCounts: false },
    );
    request.emit({ event: 'run_ended', at: at(), check: request.check, exit });
    return exit;
  } finally {
    await outlet.close();
  }
}

function hostsOf(
  controller: Controller,
  changes: ReadonlyMap<string, readonly RecordedChange[]>,
  options: HostOptions,
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
    const done = await undoHost(request, host, changes);
    const isWhole = done.every((one) => one === 'undone' || one === 'already' || one === 'would undo');
    const status: HostStatus = !isWhole
      ? 'failed'
      : done.includes('undone') || done.includes('would undo')
        ? 'changed'
        : 'ok';
    const changed = done.filter((one) => one === 'undone' || one === 'would undo').length;
    request.emit({
      event: 'host_ended',
      host,
      status,
      counts: { changed, ok: done.filter((one) => one === 'already').length },
      owes: [],
      sends: 0,
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

/** The identity that made a change; its password comes from the inventory or the command line, as in a run. */
function identity(controller: Controller, host: string, recorded: RecordedIdentity): Identity {
  if (recorded.method === null) return loginIdentity;
  const wish = { become: true, user: recorded.user ?? undefined, method: recorded.method };
  return controller.identity(host, wish, controller.plainVariables(host));
}
