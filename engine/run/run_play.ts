import { dirname, resolve } from 'node:path';
import { FettleError } from '../errors.ts';
import type { Play, Playbook } from '../load/playbook.ts';
import { batchesOf } from './batches.ts';
import { Course } from './course.ts';
import { due, owed } from './handlers.ts';
import type { Host } from './host.ts';
import { giveUp, reportEnd } from './give_up.ts';
import { playHost } from './host_play.ts';
import { magicOf, type Surroundings } from './magic.ts';
import type { PlayParts } from './play_parts.ts';
import { PlayState } from './play_state.ts';
import type { Fleet } from './fleet.ts';
import type { RunRequest } from './run.ts';
import { variablesOf, type Layers } from './variables.ts';

/** Runs one play over its hosts, batch after batch. Gives why the run goes no further, where it does not. */
export async function runPlay(
  request: RunRequest,
  playbook: Playbook,
  play: Play,
  fleet: Fleet,
): Promise<string | undefined> {
  const { context } = request;
  const names = request.hostsOf(play);
  context.emit({ event: 'play_started', play: play.name, hosts: names });
  if (names.length === 0) context.emit({ event: 'said', level: 'warning', text: 'no host is selected' });
  const usable = names.filter((name) => fleet.host(name).isUsable);
  const course = new Course(play, names);
  const batches = batchesOf(usable, play.serial);
  for (const [index, batch] of batches.entries()) {
    course.open(batch);
    if (batches.length > 1)
      context.emit({
        event: 'batch_started',
        play: play.name,
        batch: index + 1,
        of: batches.length,
        hosts: batch,
      });
    await runBatch(request, { playbook, play, fleet, course, playHosts: names, batch });
    if (course.stopped === undefined && index + 1 < batches.length) closeAfter(play, course, fleet, batch);
    if (course.stopped ?? course.closed ?? (course.ended || context.interrupted())) break;
  }
  const why = course.stopped ?? course.closed;
  if (why !== undefined) context.emit({ event: 'said', level: 'warning', text: `the run stops: ${why}` });
  context.emit({ event: 'play_ended', play: play.name });
  return why;
}

interface Batch {
  readonly playbook: Playbook;
  readonly play: Play;
  readonly fleet: Fleet;
  readonly course: Course;
  readonly playHosts: readonly string[];
  readonly batch: readonly string[];
}

/** What a batch came to decides whether the next one begins. */
function closeAfter(play: Play, course: Course, fleet: Fleet, batch: readonly string[]): void {
  const lost = batch.filter((name) => !fleet.host(name).isUsable);
  if (lost.length === 0) return;
  if (lost.length === batch.length) course.close(`no host of batch ${course.batch} is left`);
  else if (play.gate.length > 0 && !course.hasLimits)
    course.close(`gate: ${lost.join(', ')} of batch ${course.batch} did not come to it`);
}

async function runBatch(request: RunRequest, parts: Batch): Promise<void> {
  const { context } = request;
  const { playbook, play, fleet, course, playHosts, batch } = parts;
  const layers = new Map<string, Layers>();
  const around: Surroundings = {
    allHosts: new Set([...fleet.names, ...Object.values(request.groups).flat()]),
    playHosts: () => playHosts.filter((name) => fleet.host(name).isUsable),
    allPlayHosts: playHosts,
    batch,
    playName: play.name,
    groupsOf: request.groupsOf,
    groups: request.groups,
    playbookFolder: dirname(resolve(playbook.file)),
    inventoryFolder: request.inventoryFolder,
    check: context.check,
    tags: request.tags,
    hostFacts: request.hostFacts,
    variablesOf: (name) => variablesOf(layersOf(name)),
  };
  const layersOf = (name: string): Layers => {
    let known = layers.get(name);
    if (known) return known;
    const host = fleet.host(name);
    known = {
      inventory: host.inventory,
      play: play.vars,
      defaults: play.defaults,
      extra: request.extra,
      registers: host.registers,
      magic: magicOf(host, around),
    };
    layers.set(name, known);
    return known;
  };
  const delegates: PlayParts['delegates'] = (name) => fleet.delegate(name, layersOf(name));
  await Promise.all(
    batch.map((name) => {
      const host = fleet.host(name);
      const due = request.due?.(play, name) ?? [];
      return runHost({ context, host, play, course, layers: layersOf(name), delegates, due });
    }),
  );
}

/** One host's failure is its own result and never hides another's. */
async function runHost(parts: PlayParts): Promise<void> {
  const { context, host, course } = parts;
  await context.forks.take();
  try {
    if (course.stopped !== undefined || course.ended || course.batchEnded) return;
    if (context.interrupted()) {
      host.status = 'interrupted';
      return;
    }
    if (host.status === 'not started') context.emit({ event: 'host_started', host: host.name });
    host.status = 'ok';
    await playOne(parts);
  } finally {
    course.leave(host.name);
    if (host.status !== 'not started')
      context.emit({ event: 'host_done', host: host.name, status: host.status });
    context.forks.give();
  }
}

async function playOne(parts: PlayParts): Promise<void> {
  const { host } = parts;
  const state = new PlayState(parts);
  try {
    host.answers.forgetAllBut(state.hostFactNames);
    for (const name of parts.due) due(state, name);
    await playHost(state);
    if (host.status === 'ok') host.status = statusOf(host);
  } catch (error) {
    const known = error instanceof FettleError ? error : fault(error);
    giveUp(state, known);
    reportEnd(state, known);
  } finally {
    host.owes = [...host.owes, ...owed(state)];
  }
}

function statusOf({ counts }: Host): Host['status'] {
  if ((counts.rescued ?? 0) > 0) return 'rescued';
  return (counts.changed ?? 0) + (counts.later ?? 0) > 0 ? 'changed' : 'ok';
}

function fault(error: unknown): FettleError {
  return new FettleError('internal', {
    summary: 'a fault of fettle',
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    next: 'please report it with the text above',
    cause: error,
  });
}
