import { resolve } from 'node:path';
import { hostFacts } from '../facts/index.ts';
import { newRunName, RunRecord } from '../journal/run_record.ts';
import type { Playbook } from '../load/playbook.ts';
import type { RunContext } from '../run/context.ts';
import type { Event, RecordedReach } from '../run/events.ts';
import { Forks } from '../run/forks.ts';
import { ScriptCache } from '../run/gather.ts';
import { LocalFiles } from '../run/local_files.ts';
import { Preparer } from '../run/prepare.ts';
import { runPlaybooks } from '../run/run.ts';
import type { Controller } from './controller.ts';
import { statusOf } from './exit.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { HostOptions } from './options.ts';
import { Outlet } from './outlet.ts';
import { preflight } from './preflight.ts';
import { runsFolder } from './state_folder.ts';
import { version } from './version.ts';

/** Runs playbooks that were loaded: checks what can be checked, keeps the record, shows it. Gives the exit status. */
export async function execute(
  controller: Controller,
  playbooks: readonly Playbook[],
  options: HostOptions,
): Promise<number> {
  const local = new LocalFiles();
  await preflight(controller, playbooks, local);
  const run = newRunName(new Date());
  const record = new RunRecord(runsFolder(process.env), run);
  const outlet = new Outlet(options, controller.secrets, record);
  const interrupt = listenForInterrupt();
  const check = options.check === true;
  const emit = (event: Event): void => outlet.emit(event);
  const context: RunContext = {
    run,
    check,
    emit,
    flush: () => record.flush(),
    preparer: new Preparer(local),
    scripts: new ScriptCache(),
    forks: new Forks(options.forks),
    hostFacts,
    identity: (host, wish, variables) => controller.identity(host, wish, variables),
    connect: (host, wish, variables) => controller.connect(host, wish, variables),
    interrupted: () => interrupt.wasAsked,
  };
  try {
    const playbookFiles = playbooks.map((playbook) => playbook.file);
    emit({
      event: 'run_started',
      at: now(),
      run,
      version,
      playbooks: playbookFiles,
      inventories: controller.sources.map((source) => (source.includes(',') ? source : resolve(source))),
      check,
      reach: reachOf(options),
    });
    const hosts = await runPlaybooks({
      context,
      playbooks,
      hostsOf: (play) => controller.hostsOf(play),
      inventoryOf: (host) => controller.variables(host),
      extra: controller.extraTemplates(),
      groupsOf: (host) => controller.groupsOf(host),
      groups: controller.groups,
      inventoryFolder: controller.inventoryFolder,
      hostFacts,
    });
    const exit = statusOf(hosts, {
      interrupted: interrupt.wasAsked,
      pendingCounts: check && options.exitCode === true,
    });
    emit({ event: 'run_ended', at: now(), check, exit });
    return exit;
  } finally {
    interrupt.stop();
    await outlet.close();
  }
}

/** What `undo` needs to reach the hosts in the same way. */
function reachOf({ user, privateKey, connection, becomeMethod }: HostOptions): RecordedReach {
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
