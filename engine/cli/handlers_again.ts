import { place } from '../error_text.ts';
import { FettleError, FettleErrors } from '../errors.ts';
import type { Registry } from '../load/find_module.ts';
import { loadPlaybook } from '../load/load_playbook.ts';
import type { Play, Playbook } from '../load/playbook.ts';
import { includesOf } from '../load/tasks_of.ts';
import type { Event } from '../run/events.ts';
import { namesOfHandler } from '../run/handlers.ts';
import type { Host } from '../run/host.ts';
import { LocalFiles } from '../run/local_files.ts';
import { runPlays } from '../run/run.ts';
import { requestOf, type Course, type RunOptions } from './carry_out.ts';
import type { Controller } from './controller.ts';

/** Handlers by host, with the names that changes were recorded under. */
export type HandlersByHost = ReadonlyMap<string, readonly string[]>;

/** What came of running handlers again. */
export interface RanAgain {
  readonly hosts: readonly Host[];
  /** Those that are still to be run, since their playbook no longer has them or is gone. */
  readonly owed: HandlersByHost;
}

/** What running handlers again needs besides what a run needs. */
export interface AgainCourse extends Omit<Course, 'local'> {
  readonly registry: Registry;
}

/** Runs handlers of playbooks once more, and nothing else of them. */
export async function handlersAgain(
  controller: Controller,
  files: readonly string[],
  handlers: HandlersByHost,
  options: RunOptions,
  course: AgainCourse,
): Promise<RanAgain> {
  if (handlers.size === 0) return { hosts: [], owed: handlers };
  const playbooks = (await readable(files, course)).map(onlyHandlers);
  const names = namesByPlace(playbooks);
  const ran = new Map([...handlers.keys()].map((host) => [host, new Set<string>()]));
  const emit = (event: Event): void => {
    if (event.event === 'task_ended' && event.handler) {
      const own = event.position ? names.get(place(event.position)) : undefined;
      for (const name of [event.task, ...(own ?? [])]) ran.get(event.host)?.add(name);
    }
    course.emit(event);
  };
  const left = (host: string): readonly string[] =>
    (handlers.get(host) ?? []).filter((name) => !ran.get(host)?.has(name));
  const hostsOf = (play: Play): readonly string[] =>
    controller.hostsOf(play).filter((host) => left(host).some((name) => mayHave(play, name)));
  const concerned = playbooks.map((playbook) => ({
    ...playbook,
    plays: playbook.plays.filter((play) => hostsOf(play).length > 0),
  }));
  const { hosts, error } = await runPlays({
    ...requestOf(controller, concerned, options, { ...course, emit, local: new LocalFiles() }),
    hostsOf,
    // A handler of two plays runs once.
    due: (_play, host) => left(host),
  });
  if (error) throw error.cause;
  const owed = [...handlers.keys()].map((host) => [host, left(host)] as const);
  return { hosts, owed: new Map(owed.filter(([, names]) => names.length > 0)) };
}

/** The playbooks as they are today; one that cannot be read is told of. */
async function readable(
  files: readonly string[],
  { emit, registry }: AgainCourse,
): Promise<readonly Playbook[]> {
  const playbooks: Playbook[] = [];
  for (const file of files) {
    try {
      playbooks.push(await loadPlaybook(file, { registry, become: true }));
    } catch (error) {
      if (!(error instanceof FettleError || error instanceof FettleErrors)) throw error;
      emit({ event: 'said', level: 'warning', text: `its handlers cannot be run again: ${error.message}` });
    }
  }
  return playbooks;
}

/** Plays with their handlers, those of included roles too, and without what could keep a host from running its own. */
function onlyHandlers(playbook: Playbook): Playbook {
  const plays = playbook.plays.map((play): Play => {
    const { maxFail: _one, maxFailPercentage: _other, ...rest } = play;
    const included = includesOf([...play.steps, ...play.gate]).flatMap(({ known }) => known?.handlers ?? []);
    const handlers = [...new Set([...included, ...play.handlers])];
    return { ...rest, handlers, steps: [], gate: [], serial: [], anyErrorsFatal: false };
  });
  return { ...playbook, plays };
}

/** The names that changes of a handler may be recorded under; a template may make whatever name it likes. */
function mayHave({ handlers }: Play, name: string): boolean {
  return handlers.some((handler) => namesOfHandler(handler)?.includes(name) ?? true);
}

function namesByPlace(playbooks: readonly Playbook[]): ReadonlyMap<string, readonly string[]> {
  const handlers = playbooks.flatMap(({ plays }) => plays.flatMap((play) => play.handlers));
  return new Map(handlers.map((handler) => [place(handler.at), namesOfHandler(handler) ?? []]));
}
