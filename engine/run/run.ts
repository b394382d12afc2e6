import { dirname, resolve } from 'node:path';
import type { Fact } from '../contract/fact.ts';
import { FettleError } from '../errors.ts';
import type { Play, Playbook } from '../load/playbook.ts';
import type { ValueTemplate } from '../template/template.ts';
import type { RunContext } from './context.ts';
import { Host } from './host.ts';
import { owed } from './handlers.ts';
import { playHost, reportEnd } from './host_play.ts';
import { magicOf, type Surroundings } from './magic.ts';
import { Meeting } from './meeting.ts';
import { PlayState } from './play_state.ts';
import { HostScope, type Layers } from './variables.ts';

/** All that a run needs besides what its hosts share. */
export interface RunRequest {
  readonly context: RunContext;
  readonly playbooks: readonly Playbook[];
  /** The hosts of a play, in inventory order, the limit applied. */
  readonly hostsOf: (play: Play) => readonly string[];
  readonly inventoryOf: (host: string) => ReadonlyMap<string, ValueTemplate>;
  readonly extra: ReadonlyMap<string, ValueTemplate>;
  readonly groupsOf: (host: string) => readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly inventoryFolder: string;
  readonly hostFacts: Readonly<Record<string, Fact<undefined, unknown>>>;
}

/** Runs playbooks over their hosts; events tell how it goes. Gives every selected host as it stands at the end. */
export async function runPlaybooks(request: RunRequest): Promise<readonly Host[]> {
  const hosts = new Map<string, Host>();
  for (const play of request.playbooks.flatMap((playbook) => playbook.plays)) {
    for (const name of request.hostsOf(play)) {
      if (!hosts.has(name)) hosts.set(name, new Host(name, request.inventoryOf(name)));
    }
  }
  try {
    let firstStep = 1;
    for (const playbook of request.playbooks) {
      for (const play of playbook.plays) {
        await runPlay(request, playbook, play, hosts, firstStep);
        firstStep += play.tasks.length + play.handlers.length;
      }
    }
  } finally {
    const sends = await Promise.all([...hosts.values()].map(leave));
    [...hosts.values()].forEach((host, index) => tellEnd(request, host, sends[index] ?? 0));
  }
  return [...hosts.values()];
}

async function runPlay(
  request: RunRequest,
  playbook: Playbook,
  play: Play,
  hosts: ReadonlyMap<string, Host>,
  firstStep: number,
): Promise<void> {
  const { context } = request;
  const names = request.hostsOf(play);
  const usable = names.map((name) => hosts.get(name) as Host).filter((host) => host.isUsable);
  context.emit({ event: 'play_started', play: play.name, hosts: names });
  if (names.length === 0) context.emit({ event: 'said', level: 'warning', text: 'no host is selected' });
  const meeting = new Meeting(usable.map((host) => host.name));
  const layers = new Map<string, Layers>();
  const around: Surroundings = {
    allHosts: new Set([...hosts.keys(), ...Object.values(request.groups).flat()]),
    playHosts: names,
    groupsOf: request.groupsOf,
    groups: request.groups,
    playbookFolder: dirname(resolve(playbook.file)),
    inventoryFolder: request.inventoryFolder,
    check: context.check,
    hostFacts: request.hostFacts,
    variablesOf: (name) => variablesOf(layers.get(name) ?? layersOf(known(name))),
  };
  const known = (name: string): Host => hosts.get(name) ?? new Host(name, request.inventoryOf(name));
  const layersOf = (host: Host): Layers => ({
    inventory: host.inventory,
    play: play.vars,
    extra: request.extra,
    registers: host.registers,
    magic: magicOf(host, around),
  });
  for (const host of usable) layers.set(host.name, layersOf(host));
  await Promise.all(
    usable.map((host) =>
      runHost(new PlayState(context, host, play, meeting, layers.get(host.name) as Layers, firstStep)),
    ),
  );
  context.emit({ event: 'play_ended', play: play.name });
}

/** One host's failure is its own result and never hides another's. */
async function runHost(state: PlayState): Promise<void> {
  const { context, host } = state;
  await context.forks.take();
  try {
    if (context.interrupted()) {
      host.status = 'interrupted';
      return;
    }
    if (host.status === 'not started') context.emit({ event: 'host_started', host: host.name });
    host.status = 'ok';
    host.answers.forgetAllBut(state.hostFactNames);
    await playHost(state);
    if (host.status === 'ok' && (host.counts.changed ?? 0) + (host.counts.later ?? 0) > 0)
      host.status = 'changed';
  } catch (error) {
    host.error = error instanceof FettleError ? error : fault(error);
    host.status = host.error.kind === 'unreachable' ? 'unreachable' : 'failed';
    reportEnd(state, host.status, host.error);
  } finally {
    host.owes = [...host.owes, ...owed(state)];
    state.meeting.leave(host.name);
    context.forks.give();
  }
}

/** Closes a host's connections; gives how often fettle spoke to it. */
async function leave(host: Host): Promise<number> {
  const sends = await host.sends();
  await host.close();
  return sends;
}

function tellEnd({ context }: RunRequest, host: Host, sends: number): void {
  context.emit({
    event: 'host_ended',
    host: host.name,
    status: host.status,
    counts: host.counts,
    owes: host.owes,
    ...(host.error ? { message: host.error.message } : {}),
    sends,
  });
}

function fault(error: unknown): FettleError {
  return new FettleError('internal', {
    summary: 'a fault of fettle',
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    next: 'please report it with the text above',
    cause: error,
  });
}

/** A host's variables as properties that are rendered when they are read. */
function variablesOf(layers: Layers): object {
  const scope = new HostScope(layers);
  const all = {};
  const names = [
    ...layers.inventory.keys(),
    ...Object.keys(layers.play),
    ...layers.registers.keys(),
    ...layers.extra.keys(),
    ...layers.magic.keys(),
  ];
  for (const name of names.filter((one) => one !== 'hostvars')) {
    Object.defineProperty(all, name, { enumerable: true, configurable: true, get: () => scope.get(name) });
  }
  return all;
}
