import { FettleError, FettleErrors } from '../errors.ts';
import { hostFacts } from '../facts/index.ts';
import { checkNames } from '../load/check_names.ts';
import { unique } from '../load/mistakes.ts';
import { makesUnknownNames, namesMadeBy, stepsOf } from '../load/names_of.ts';
import type { Play, Playbook } from '../load/playbook.ts';
import { tasksOf } from '../load/tasks_of.ts';
import { checkVariables } from '../load/vars_schema.ts';
import { localArguments, type LocalFiles } from '../run/local_files.ts';
import { noInventory, type Controller } from './controller.ts';

/** Finds every mistake that can be found without touching a host. Throws FettleErrors with all of them. */
export async function preflight(
  controller: Controller,
  playbooks: readonly Playbook[],
  local: LocalFiles,
): Promise<void> {
  const errors: FettleError[] = [];
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  if (controller.sources.length === 0 && plays.some((play) => controller.hostsOf(play).length === 0))
    throw noInventory();
  const made = new Set<string>();
  let isOpen = false;
  for (const playbook of playbooks) {
    for (const play of playbook.plays) {
      const hosts = controller.hostsOf(play);
      const known = new Set([...made, ...knownNames(controller, hosts)]);
      errors.push(...checkNames(play, known, { hostFacts: Object.keys(hostFacts), isOpen }));
      isOpen ||= makesUnknownNames(play);
      for (const name of namesMadeBy(play)) made.add(name);
      errors.push(...(await missingFiles(play, local)));
      if (play.varsSchema) for (const host of hosts) errors.push(...checkHost(controller, play, host));
    }
  }
  if (errors.length > 0) throw new FettleErrors(unique(errors));
}

/** Names that at least one host of the play knows; where it has none, any host. */
function knownNames(controller: Controller, hosts: readonly string[]): ReadonlySet<string> {
  const names = new Set(controller.extraNames);
  for (const host of hosts.length > 0 ? hosts : controller.inventory.hosts.keys())
    for (const name of controller.variableNames(host)) names.add(name);
  return names;
}

async function missingFiles(play: Play, local: LocalFiles): Promise<readonly FettleError[]> {
  const errors: FettleError[] = [];
  for (const task of tasksOf(stepsOf(play))) {
    if (!task.args.values.constant || localArguments(task).length === 0) continue;
    const values = task.args.values.render({ get: () => undefined, has: () => false }) as Record<
      string,
      unknown
    >;
    try {
      await local.resolve(task, { ...values });
    } catch (error) {
      if (!(error instanceof FettleError)) throw error;
      errors.push(error);
    }
  }
  return errors;
}

function checkHost(controller: Controller, play: Play, host: string): readonly FettleError[] {
  const scope = controller.scopeOf(host, play);
  return checkVariables(play.varsSchema as NonNullable<Play['varsSchema']>, scope, host);
}
