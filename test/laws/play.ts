import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LoginRefused } from '../../engine/errors.ts';
import { hostFacts, facts } from '../../engine/facts/index.ts';
import { newRunName } from '../../engine/journal/run_record.ts';
import { readPlaybook } from '../../engine/load/load_playbook.ts';
import type { Playbook } from '../../engine/load/playbook.ts';
import { parseYaml } from '../../engine/load/yaml.ts';
import { registry } from '../../engine/modules/index.ts';
import type { RunContext } from '../../engine/run/context.ts';
import type { Event, TaskEnded } from '../../engine/run/events.ts';
import { Forks } from '../../engine/run/forks.ts';
import { ScriptCache } from '../../engine/run/gather.ts';
import { loginIdentity, type Host } from '../../engine/run/host.ts';
import { LocalFiles } from '../../engine/run/local_files.ts';
import { Preparer } from '../../engine/run/prepare.ts';
import { runPlaybooks } from '../../engine/run/run.ts';
import { recordedChanges, undoHost, type Undone } from '../../engine/run/undo.ts';
import { constant } from '../../engine/template/value.ts';
import { openHere, type Way } from './host_here.ts';
import type { Sandbox } from './sandbox.ts';

export type TaskText = Readonly<Record<string, unknown>>;

/** A run that is over. */
export interface Finished {
  readonly run: string;
  readonly host: Host;
  readonly events: readonly Event[];
  readonly tasks: readonly TaskEnded[];
  /** What `debug` and warnings said. */
  readonly said: readonly string[];
}

const nowhere = { file: 'test', line: 1, column: 1 };

/** A playbook of one play, as the loader reads it. */
export async function playOf(tasks: readonly TaskText[]): Promise<Playbook> {
  const text = JSON.stringify([{ hosts: 'here', connection: 'local', tasks }]);
  return readPlaybook(parseYaml(text, 'test.yml', 'playbook'), { registry });
}

/** Runs a playbook through the engine on this machine; values stand above all other variables. */
export async function runHere(
  sandbox: Sandbox,
  way: Way,
  playbook: Playbook,
  options: { readonly check?: boolean; readonly values?: Readonly<Record<string, unknown>> } = {},
): Promise<Finished> {
  const events: Event[] = [];
  const run = newRunName(new Date());
  let entries = 0;
  let units = 0;
  const context: RunContext = {
    run,
    check: options.check ?? false,
    // As they come back from the record on disk.
    emit: (event) => events.push(JSON.parse(JSON.stringify(event)) as Event),
    flush: () => undefined,
    nextUnit: () => (units += 1),
    nextEntry: () => String((entries += 1)).padStart(4, '0'),
    preparer: new Preparer(new LocalFiles()),
    scripts: new ScriptCache(),
    forks: new Forks(1),
    hostFacts,
    identity: () => loginIdentity,
    connect: () => openHere(sandbox, way),
    logIn: (host, _wish, _variables, { password }) =>
      password?.reveal() === 'wrong'
        ? Promise.reject(new LoginRefused({ summary: `${host} does not take it` }))
        : openHere(sandbox, way),
    hide: () => undefined,
    interrupted: () => false,
  };
  const extra = Object.entries(options.values ?? {}).map(
    ([name, value]) => [name, constant(value, nowhere)] as const,
  );
  const [host] = await runPlaybooks({
    context,
    playbooks: [playbook],
    hostsOf: () => ['here'],
    inventoryOf: () => new Map(),
    extra: new Map(extra),
    groupsOf: () => [],
    groups: {},
    inventoryFolder: sandbox.folder,
    hostFacts,
    tags: { only: [], skip: [] },
  });
  return {
    run,
    host: host as Host,
    events,
    tasks: events.filter((event) => event.event === 'task_ended'),
    said: events.flatMap((event) => (event.event === 'said' ? [event.text] : [])),
  };
}

/** Takes a run back, as `fettle undo` does. */
export async function undoHere(
  sandbox: Sandbox,
  way: Way,
  { run, events }: Finished,
): Promise<readonly Undone[]> {
  const changes = recordedChanges(events).get('here') ?? [];
  const { done } = await undoHost(
    {
      run,
      check: false,
      emit: () => undefined,
      facts,
      connect: () => openHere(sandbox, way),
      identity: () => loginIdentity,
      interrupted: () => false,
    },
    'here',
    changes,
  );
  return done;
}

/** Removes what a run keeps on the host for its undo. */
export function forget(way: Way, ...runs: readonly string[]): void {
  // Another user's lies in the sandbox's home folder.
  if (process.getuid?.() !== 0) return;
  for (const run of runs)
    rmSync(join(way.inside ?? '/', 'var/lib/fettle', run), { recursive: true, force: true });
  if (way.inside !== undefined) rmSync(join(way.inside, 'var/lib/fettle'), { recursive: true, force: true });
}

/** Why tasks failed, a line each. */
export function failures({ tasks, host }: Finished): readonly string[] {
  const failed = tasks.filter(({ status }) => ['failed', 'ignored', 'unreachable'].includes(status));
  return [
    ...failed.map(({ task, message = '', detail = '' }) => `${task}: ${message}\n${detail}`),
    ...(host.error ? [host.error.message] : []),
  ];
}

/** How each task ended, by its name. */
export function statuses({ tasks }: Finished): Record<string, string> {
  return Object.fromEntries(tasks.map(({ task, status }) => [task, status]));
}
