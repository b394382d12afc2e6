import { resolve } from 'node:path';
import { hostFacts } from '../facts/index.ts';
import type { Playbook } from '../load/playbook.ts';
import type { RunContext } from '../run/context.ts';
import type { Emit, RecordedReach } from '../run/events.ts';
import { Forks } from '../run/forks.ts';
import { ScriptCache } from '../run/gather.ts';
import type { LocalFiles } from '../run/local_files.ts';
import { Preparer } from '../run/prepare.ts';
import { runPlaybooks, type RunRequest } from '../run/run.ts';
import type { Controller } from './controller.ts';
import { statusOf } from './exit.ts';
import { stepperFor } from './step.ts';
import type { HostOptions, SelectionOptions } from './options.ts';
import { version } from './version.ts';

/** The options that say what a run does; how it is shown is not among them. */
export type RunOptions = Pick<
  HostOptions,
  'forks' | 'check' | 'exitCode' | 'user' | 'privateKey' | 'connection' | 'becomeMethod'
> &
  Partial<SelectionOptions> & { readonly step?: boolean };

/** What a run is given besides hosts and playbooks: where its events go, and whether it is to stop. */
export interface Course {
  readonly run: string;
  readonly emit: Emit;
  /** Hands the record to the operating system. */
  readonly flush: () => void;
  readonly interrupted: () => boolean;
  /** Puts a question to the person at the terminal. */
  readonly ask?: RunContext['ask'];
  readonly local: LocalFiles;
}

/** Runs playbooks that were loaded and checked, and tells how it goes. Gives the exit status. */
export async function carryOut(
  controller: Controller,
  playbooks: readonly Playbook[],
  options: RunOptions,
  course: Course,
): Promise<number> {
  const { run, emit, interrupted } = course;
  const check = options.check === true;
  emit({
    event: 'run_started',
    at: now(),
    run,
    version,
    playbooks: playbooks.map((playbook) => playbook.file),
    files: playbooks.map((playbook) => resolve(playbook.file)),
    inventories: controller.sources.map((source) => (source.includes(',') ? source : resolve(source))),
    check,
    reach: reachOf(options),
  });
  const hosts = await runPlaybooks(requestOf(controller, playbooks, options, course));
  const exit = statusOf(hosts, {
    interrupted: interrupted(),
    pendingCounts: check && options.exitCode === true,
  });
  emit({ event: 'run_ended', at: now(), check, exit });
  return exit;
}

/** What the engine needs of the command line for a run. */
export function requestOf(
  controller: Controller,
  playbooks: readonly Playbook[],
  options: RunOptions,
  { run, emit, flush, interrupted, ask, local }: Course,
): RunRequest {
  let entries = 0;
  let units = 0;
  const context: RunContext = {
    run,
    check: options.check === true,
    emit,
    flush,
    interrupted,
    ...(ask ? { ask } : {}),
    hide: (secret) => controller.secrets.add(secret),
    ...(options.step ? { stepper: stepperFor(ask) } : {}),
    nextUnit: () => (units += 1),
    nextEntry: () => String((entries += 1)).padStart(4, '0'),
    preparer: new Preparer(local),
    scripts: new ScriptCache(),
    forks: new Forks(options.forks),
    hostFacts,
    identity: (host, wish, variables) => controller.identity(host, wish, variables),
    connect: (host, wish, variables) => controller.connect(host, wish, variables),
    logIn: (host, wish, variables, login) => controller.logIn(host, wish, variables, login),
  };
  return {
    context,
    playbooks,
    hostsOf: (play) => controller.hostsOf(play),
    inventoryOf: (host) => controller.variables(host),
    extra: controller.extraTemplates(),
    groupsOf: (host) => controller.groupsOf(host),
    groups: controller.groups,
    inventoryFolder: controller.inventoryFolder,
    hostFacts,
    tags: { only: options.tags ?? [], skip: options.skipTags ?? [] },
  };
}

/** What `undo` needs to reach the hosts in the same way. */
function reachOf({ user, privateKey, connection, becomeMethod }: RunOptions): RecordedReach {
  return {
    ...(user === undefined ? {} : { user }),
    ...(privateKey === undefined ? {} : { privateKey: resolve(privateKey) }),
    ...(connection === undefined ? {} : { connection }),
    ...(becomeMethod === undefined ? {} : { becomeMethod }),
  };
}

function now(): string {
  return new Date().toISOString();
}
