import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { FettleError, FettleErrors } from '../errors.ts';
import { exitStatus } from './exit.ts';
import { withChanges, withHosts, withInventory, withRun, withSelection } from './options.ts';
import { version } from './version.ts';

type Act = (positional: readonly string[], options: never) => Promise<number>;

/** Runs one command line. Gives the exit status; everything wrong has been said by then. */
export async function runProgram(words: readonly string[]): Promise<number> {
  let status: number = exitStatus.fine;
  const acts =
    (load: () => Promise<Act>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const act = await load();
      status = await act(command.args, command.opts() as never);
    };
  const program = build(acts);
  try {
    if (words.length === 0) {
      program.outputHelp();
      return exitStatus.refused;
    }
    await program.parseAsync(['node', 'fettle', ...words]);
    return status;
  } catch (error) {
    return say(error);
  }
}

function build(acts: (load: () => Promise<Act>) => (...given: unknown[]) => Promise<void>): Command {
  const program = new Command('fettle')
    .description(
      'Puts machines right over SSH: looks first, changes what is missing, proves it, can take it back.',
    )
    .version(`fettle ${version}`, '-V, --version')
    .showSuggestionAfterError()
    .exitOverride();
  withSelection(withChanges(program.command('run <playbook...>')))
    .description('run playbooks')
    .option('--list-hosts', 'list the hosts of each play and stop')
    .option('--list-tasks', 'list the tasks of each play and stop')
    .option('--list-tags', 'list the tags of each play and stop')
    .option('--syntax-check', 'check playbooks, inventory and variables and stop')
    .action(acts(async () => (await import('./run.ts')).run));
  withChanges(program.command('do <pattern> <module> [arguments...]'))
    .description('run one module, its arguments as k=v')
    .action(acts(async () => (await import('./do.ts')).doOnce));
  withRun(program.command('undo <run>'))
    .description('take a run back, last change first')
    .option('-C, --check', 'change nothing, say what would be taken back')
    .action(acts(async () => (await import('./undo.ts')).undo));
  program
    .command('runs')
    .description('list the runs that were made from here')
    .action(acts(async () => (await import('./runs.ts')).runs));
  withHosts(program.command('facts <pattern>'))
    .description('show what hosts tell of themselves, as JSON')
    .action(acts(async () => (await import('./facts.ts')).facts));
  withInventory(program.command('inventory <list|graph|host> [name]'))
    .description('show the inventory: all of it, as a tree, or the variables of one host')
    .action(acts(async () => (await import('./inventory.ts')).inventory));
  program
    .command('doc [module]')
    .description('show what a module does and takes; without a name, list them')
    .action(acts(async () => (await import('./doc.ts')).doc));
  program.showHelpAfterError('fettle --help shows what there is.');
  for (const command of program.commands)
    command.exitOverride().showHelpAfterError(`fettle ${command.name()} --help shows how to call it.`);
  return program;
}

async function say(error: unknown): Promise<number> {
  if (error instanceof CommanderError || error instanceof InvalidArgumentError) {
    return error.exitCode === 0 ? exitStatus.fine : exitStatus.refused;
  }
  if (error instanceof FettleErrors || error instanceof FettleError) {
    const { formatError } = await import('../error_text.ts');
    const { maskPasswords } = await import('./mask_passwords.ts');
    const { visible } = await import('../report/visible.ts');
    const errors = error instanceof FettleErrors ? error.errors : [error];
    process.stderr.write(`${errors.map((one) => visible(maskPasswords(formatError(one)))).join('\n\n')}\n`);
    return errors.some((one) => one.kind === 'unreachable') ? exitStatus.unreachable : exitStatus.refused;
  }
  process.stderr.write(
    `fettle: a fault of its own: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return exitStatus.refused;
}
