import { dirname } from 'node:path';
import { FettleError, FettleErrors } from '../errors.ts';
import { loadPlaybook } from '../load/load_playbook.ts';
import type { Playbook } from '../load/playbook.ts';
import { registry } from '../modules/index.ts';
import { LocalFiles } from '../run/local_files.ts';
import { Controller, readInventory, type InventoryRead } from './controller.ts';
import { execute } from './execute.ts';
import { exitStatus } from './exit.ts';
import type { HostOptions } from './options.ts';
import { preflight } from './preflight.ts';

interface RunOptions extends HostOptions {
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly syntaxCheck?: boolean;
}

/** `fettle run PLAYBOOK…` */
export async function run(files: readonly string[], options: RunOptions): Promise<number> {
  const { playbooks, controller } = await load(files, options);
  controller.declare(playbooks.flatMap((playbook) => playbook.plays));
  if (options.listHosts) return list(controller, playbooks, hostLines);
  if (options.listTasks) return list(controller, playbooks, taskLines);
  if (options.syntaxCheck) {
    await preflight(controller, playbooks, new LocalFiles());
    process.stdout.write(`${files.join(', ')}: no mistakes found\n`);
    return exitStatus.fine;
  }
  return execute(controller, playbooks, options);
}

/** Loads what the command line names. Throws FettleErrors with the mistakes of all of it. */
async function load(files: readonly string[], options: RunOptions) {
  const mistakes: FettleError[] = [];
  const attempt = async <Value>(act: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof FettleErrors) mistakes.push(...error.errors);
      else if (error instanceof FettleError) mistakes.push(error);
      else throw error;
      return undefined;
    }
  };
  const folders = [...new Set(files.map((file) => dirname(file)))];
  const read = await attempt(() => readInventory(options, folders));
  const become = options.become === true || (read !== undefined && isBecomeSet(read));
  const playbooks: Playbook[] = [];
  for (const file of files) {
    const playbook = await attempt(() => loadPlaybook(file, { registry, become }));
    if (playbook) playbooks.push(playbook);
  }
  // Nobody is asked for a password before all is well.
  if (!read || mistakes.length > 0) throw new FettleErrors(mistakes);
  const controller = await Controller.over(read, options);
  return { playbooks, controller };
}

/** Whether a variable may let hosts become another user where no playbook says so. */
function isBecomeSet({ inventory, extra }: InventoryRead): boolean {
  if (extra.has('ansible_become')) return true;
  return [...inventory.hosts.values()].some(({ vars }) => vars.has('ansible_become'));
}

type Lines = (
  controller: Controller,
  play: Playbook['plays'][number],
  firstStep: number,
) => readonly string[];

function list(controller: Controller, playbooks: readonly Playbook[], lines: Lines): number {
  let firstStep = 1;
  for (const playbook of playbooks) {
    process.stdout.write(`${playbook.file}\n`);
    for (const play of playbook.plays) {
      process.stdout.write(`${lines(controller, play, firstStep).join('\n')}\n`);
      firstStep += play.tasks.length + play.handlers.length;
    }
  }
  return exitStatus.fine;
}

function hostLines(controller: Controller, play: Playbook['plays'][number]): readonly string[] {
  const hosts = controller.hostsOf(play);
  return [
    `  ${play.name}: ${hosts.length} host${hosts.length === 1 ? '' : 's'}`,
    ...hosts.map((host) => `    ${host}`),
  ];
}

function taskLines(
  _controller: Controller,
  play: Playbook['plays'][number],
  firstStep: number,
): readonly string[] {
  const line = (task: (typeof play.tasks)[number]): string =>
    `${controllerName(task)}  (${task.module.name}, ${task.at.file}:${task.at.line})`;
  return [
    `  ${play.name}`,
    ...play.tasks.map((task, index) => `    ${firstStep + index}. ${line(task)}`),
    ...play.handlers.map((handler) => `    handler: ${line(handler)}`),
  ];
}

function controllerName(task: Playbook['plays'][number]['tasks'][number]): string {
  return task.name.constant
    ? String(task.name.render({ get: () => undefined, has: () => false }))
    : task.module.name;
}
