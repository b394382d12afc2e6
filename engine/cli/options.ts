import { InvalidArgumentError, Option, type Command } from 'commander';

/** The options of every command that reads an inventory. */
export interface InventoryOptions {
  readonly inventory: readonly string[];
  readonly extraVars: readonly string[];
}

/** The options of every command that goes to hosts. */
export interface HostOptions extends InventoryOptions {
  readonly limit?: string;
  readonly forks: number;
  readonly user?: string;
  readonly privateKey?: string;
  readonly become?: boolean;
  readonly becomeUser?: string;
  readonly becomeMethod?: string;
  readonly askPass?: boolean;
  readonly askBecomePass?: boolean;
  readonly connectionPasswordFile?: string;
  readonly becomePasswordFile?: string;
  readonly connection?: string;
  readonly acceptNew?: boolean;
  readonly timeout?: number;
  readonly verbose: number;
  readonly output: readonly string[];
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly exitCode?: boolean;
}

/** Which tasks of a playbook are meant. */
export interface SelectionOptions {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
}

export function withInventory(command: Command): Command {
  return command
    .addOption(
      new Option('-i, --inventory <source>', 'inventory file, folder, script or "host1,host2," (repeatable)')
        .argParser(collect)
        .default([], '$FETTLE_INVENTORY, else ./inventory'),
    )
    .addOption(
      new Option(
        '-e, --extra-vars <vars>',
        'k=v, @FILE or {json}; wins over all other variables (repeatable)',
      )
        .argParser(collect)
        .default([], 'none'),
    );
}

export function withHosts(command: Command): Command {
  return withInventory(command)
    .option('-l, --limit <pattern>', 'only these hosts')
    .option('-f, --forks <number>', 'hosts at work at the same time', positive, 50)
    .option('-u, --user <name>', 'log in as this user')
    .option('--private-key <file>', 'log in with this key')
    .option('-k, --ask-pass', 'ask for the login password')
    .option('--connection-password-file <file>', 'read the login password from a file')
    .option('-b, --become', 'become another user (root, unless told otherwise)')
    .option('--become-user <name>', 'whom to become')
    .addOption(
      new Option('--become-method <method>', 'how to become another user').choices(['sudo', 'su', 'doas']),
    )
    .option('-K, --ask-become-pass', 'ask for the password of sudo, su or doas')
    .option('--become-password-file <file>', 'read that password from a file')
    .addOption(new Option('-c, --connection <name>', 'how to reach hosts').choices(['ssh', 'local']))
    .option(
      '--accept-new',
      'accept the key of a host that is not known yet; a changed key is refused all the same',
    )
    .option('-T, --timeout <seconds>', 'how long a connection may take, and a login', positive)
    .option(
      '-v, --verbose',
      'say more; -vvv shows what is sent and received',
      (_value, times: number) => times + 1,
      0,
    );
}

/** The options of commands that make a run. */
export function withRun(command: Command): Command {
  return withHosts(command).addOption(
    new Option(
      '--output <form[=file]>',
      'human, json, jsonl, junit or github, to standard output or a file (repeatable)',
    )
      .argParser(collect)
      .default([], 'human'),
  );
}

/** The options of commands that change hosts. */
export function withChanges(command: Command): Command {
  return withRun(command)
    .option('-C, --check', 'change nothing, say what would be changed')
    .option('-D, --diff', 'show the difference of every change')
    .option('--exit-code', 'with --check: exit status 3 where changes are pending');
}

/** The options that choose tasks of a playbook. */
export function withSelection(command: Command): Command {
  return command
    .addOption(
      new Option('-t, --tags <tags>', 'only tasks with one of these tags, as a,b (repeatable)')
        .argParser(collectWords)
        .default([], 'all'),
    )
    .addOption(
      new Option('--skip-tags <tags>', 'no tasks with one of these tags, as a,b (repeatable)')
        .argParser(collectWords)
        .default([], 'none'),
    )
    .option('--start-at-task <name>', 'leave out all tasks before the one of this name')
    .option('--step', 'ask before each task')
    .option('--force-handlers', 'run notified handlers of hosts that failed too');
}

function collectWords(value: string, all: readonly string[]): readonly string[] {
  const words = value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) throw new InvalidArgumentError('names no tag');
  return [...all, ...words];
}

function collect(value: string, all: readonly string[]): readonly string[] {
  return [...all, value];
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError(`must be a whole number from 1, and is ${value}`);
  return number;
}
