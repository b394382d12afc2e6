import { dirname } from 'node:path';
import { FettleError, FettleErrors } from '../errors.ts';
import { loadPlaybook } from '../load/load_playbook.ts';
import { unique } from '../load/mistakes.ts';
import type { Playbook } from '../load/playbook.ts';
import { startAt } from '../load/start_at.ts';
import { registry } from '../modules/index.ts';
import { LocalFiles } from '../run/local_files.ts';
import { Controller, readInventory, type InventoryRead } from './controller.ts';
import { execute } from './execute.ts';
import { exitStatus } from './exit.ts';
import { hostLines, tagLines, taskLines, type Lines } from './lists.ts';
import type { HostOptions, SelectionOptions } from './options.ts';
import { preflight } from './preflight.ts';
import { annotated } from './reporters.ts';

interface RunOptions extends HostOptions, SelectionOptions {
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
  readonly syntaxCheck?: boolean;
  readonly startAtTask?: string;
  readonly step?: boolean;
  readonly forceHandlers?: boolean;
}

/** `fettle run PLAYBOOK…` */
export async function run(files: readonly string[], options: RunOptions): Promise<number> {
  const { playbooks, controller } = await annotated(options.output, () => load(files, options));
  controller.declare(playbooks.flatMap((playbook) => playbook.plays));
  const lists = [
    ...(options.listHosts ? [hostLines] : []),
    ...(options.listTasks ? [taskLines] : []),
    ...(options.listTags ? [tagLines] : []),
  ];
  if (lists.length > 0) return list(controller, playbooks, lists);
  if (options.syntaxCheck) {
    await annotated(options.output, () => preflight(controller, playbooks, new LocalFiles()));
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
  const warnings: FettleError[] = [];
  let id = 0;
  const playbooks: Playbook[] = [];
  for (const file of files) {
    const playbook = await attempt(() =>
      loadPlaybook(file, {
        registry,
        become,
        nextId: () => id++,
        warn: (warning) => warnings.push(warning),
        forceHandlers: options.forceHandlers === true,
        ...selectionOf(options),
      }),
    );
    if (playbook) playbooks.push(playbook);
  }
  if (isNothingChosen(playbooks, options)) warnings.push(nothingChosen());
  await tell(warnings);
  // Nobody is asked for a password before all is well.
  if (!read || mistakes.length > 0) throw new FettleErrors(mistakes);
  const { startAtTask } = options;
  const wanted =
    startAtTask === undefined ? playbooks : startAt(playbooks, startAtTask, new Set(read.extra.keys()));
  const controller = await Controller.over(read, options);
  return { playbooks: wanted, controller };
}

// Absent where all tasks are meant.
function selectionOf({ tags, skipTags }: RunOptions) {
  return tags.length + skipTags.length === 0 ? {} : { selection: { tags, skipTags } };
}

/** Where no tag fits, nothing is done on any host, which looks as if all were well. */
function isNothingChosen(playbooks: readonly Playbook[], { tags, skipTags }: RunOptions): boolean {
  const steps = playbooks.flatMap(({ plays }) => plays.flatMap((play) => [...play.steps, ...play.gate]));
  // The flushes of handlers that every play has.
  const own = steps.filter((step) => step.kind !== 'meta' || step.id >= 0);
  return playbooks.length > 0 && tags.length + skipTags.length > 0 && own.length === 0;
}

function nothingChosen(): FettleError {
  return new FettleError('usage', {
    summary: 'the tags of -t and --skip-tags leave no task to do',
    next: '--list-tags, without them, shows which tags there are',
  });
}

async function tell(warnings: readonly FettleError[]): Promise<void> {
  if (warnings.length === 0) return;
  const { formatError } = await import('../error_text.ts');
  const { maskPasswords } = await import('./mask_passwords.ts');
  for (const warning of unique(warnings))
    process.stderr.write(`warning: ${maskPasswords(formatError(warning))}\n`);
}

/** Whether a variable may let hosts become another user where no playbook says so. */
function isBecomeSet({ inventory, extra }: InventoryRead): boolean {
  if (extra.has('ansible_become')) return true;
  return [...inventory.hosts.values()].some(({ vars }) => vars.has('ansible_become'));
}

function list(controller: Controller, playbooks: readonly Playbook[], lists: readonly Lines[]): number {
  for (const playbook of playbooks) {
    process.stdout.write(`${playbook.file}\n`);
    for (const play of playbook.plays)
      for (const lines of lists) process.stdout.write(`${lines(controller, play).join('\n')}\n`);
  }
  return exitStatus.fine;
}
