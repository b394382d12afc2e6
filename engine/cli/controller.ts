import { dirname, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { FettleError } from '../errors.ts';
import type { Login } from '../contract/module.ts';
import type { Inventory } from '../load/inventory.ts';
import { becomeOf } from '../load/connection_become.ts';
import { targetOf, type ConnectionDefaults } from '../load/connection_variables.ts';
import { loadInventory } from '../load/inventory_load.ts';
import { findHost, groupHosts, localNames } from '../load/inventory_members.ts';
import { selectHosts } from '../load/pattern.ts';
import type { ConnectionWish, HostVariables, IdentityWish } from '../run/context.ts';
import { loginIdentity } from '../run/host.ts';
import { compileRaw } from '../run/raw_template.ts';
import { HostScope, type Layers } from '../run/variables.ts';
import { Secret } from '../shell/secret.ts';
import type { Scope, ValueTemplate } from '../template/template.ts';
import type { Play } from '../load/playbook.ts';
import { constant } from '../template/value.ts';
import type { Become, Identity, Session, Target } from '../transport/transport.ts';
import { createTransports, type Transports } from '../transport/reach.ts';
import { parseSshArguments } from '../transport/ssh_options.ts';
import { askSecret, secretFromFile } from './ask.ts';
import { declared, extraVariables, type ExtraVariable } from './extra_variables.ts';
import { isPasswordName } from './mask_passwords.ts';
import type { HostOptions, InventoryOptions } from './options.ts';
import { loginTarget } from './login_target.ts';
import { growingMask } from './growing_mask.ts';
import { traced, type Trace } from './trace.ts';

/** Inventory, variables and ways to hosts, as the command line gives them. */
export class Controller {
  readonly inventory: Inventory;
  readonly sources: readonly string[];
  /** Every password that is known, for the masks of all output. */
  readonly secrets = new Set<Secret>();
  readonly #options: HostOptions;
  #extra: ReadonlyMap<string, ExtraVariable>;
  readonly #transports: Transports;
  readonly #trace: Trace | undefined;
  readonly #login: Secret | undefined;
  readonly #become: Secret | undefined;

  private constructor(
    read: InventoryRead,
    options: HostOptions,
    login: Secret | undefined,
    become: Secret | undefined,
    transports: Transports | undefined,
  ) {
    this.inventory = read.inventory;
    this.sources = read.sources;
    this.#extra = read.extra;
    this.#options = options;
    this.#login = login;
    this.#become = become;
    for (const secret of [login, become]) if (secret) this.secrets.add(secret);
    if (options.verbose >= 3)
      this.#trace = {
        mask: growingMask(this.secrets),
        say: (line) => process.stderr.write(`${line}\n`),
      };
    this.#transports =
      transports ??
      createTransports({
        acceptNew: options.acceptNew === true,
        environment: process.env,
        ...(options.timeout === undefined
          ? {}
          : { connectTimeout: options.timeout, loginTimeout: options.timeout }),
      });
  }

  /** Reads the inventory, then asks for the passwords that were asked for. `transports` stand in for the usual ways. */
  static async open(
    options: HostOptions,
    playbookFolders: readonly string[],
    transports?: Transports,
  ): Promise<Controller> {
    return await Controller.over(await readInventory(options, playbookFolders), options, transports);
  }

  /** Over an inventory that was read before. */
  static async over(read: InventoryRead, options: HostOptions, transports?: Transports): Promise<Controller> {
    checkLimit(read.inventory, options.limit);
    const login = await password(
      options.connectionPasswordFile,
      options.askPass,
      'login password',
      '--connection-password-file',
    );
    const become = await password(
      options.becomePasswordFile,
      options.askBecomePass,
      'become password',
      '--become-password-file',
    );
    return new Controller(read, options, login, become, transports);
  }

  /** Types the variables of `-e` as the plays declare them. */
  declare(plays: readonly Play[]): void {
    this.#extra = declared(
      this.#extra,
      plays.flatMap((play) => (play.varsSchema ? [play.varsSchema.schema] : [])),
    );
  }

  /** The names of the variables of `-e`. */
  get extraNames(): Iterable<string> {
    return this.#extra.keys();
  }

  /** The hosts of a pattern that the limit leaves, in inventory order. */
  select(pattern: string): readonly string[] {
    const selected = selectHosts(this.inventory, pattern);
    if (this.#options.limit === undefined) return selected;
    const limited = new Set(selectHosts(this.inventory, this.#options.limit));
    return selected.filter((host) => limited.has(host));
  }

  /** The hosts of a play; its pattern may use extra variables. */
  hostsOf(play: Play): readonly string[] {
    const extra = this.extraTemplates();
    const scope: Scope = {
      has: (name) => extra.has(name),
      get: (name) => extra.get(name)?.render(scope),
    };
    const pattern = play.hosts.render(scope);
    return this.select(Array.isArray(pattern) ? pattern.join(',') : String(pattern));
  }

  /** Every group with its hosts, as the magic name `groups` gives them. */
  get groups(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      [...this.inventory.groups.keys()].map((name) => [name, groupHosts(this.inventory, name)]),
    );
  }

  variableNames(host: string): Iterable<string> {
    return findHost(this.inventory, host)?.vars.keys() ?? [];
  }

  /** A host's variables as a play sees them before its first task. */
  scopeOf(host: string, play: Play): HostScope {
    return new HostScope({ ...this.#layers(host), play: play.vars });
  }

  groupsOf(host: string): readonly string[] {
    return (findHost(this.inventory, host)?.groups ?? []).filter((group) => group !== 'all');
  }

  /** A host's inventory variables, compiled; passwords are secret whatever they are used for. */
  variables(host: string): ReadonlyMap<string, ValueTemplate> {
    const compiled = new Map<string, ValueTemplate>();
    for (const [name, { value, at }] of findHost(this.inventory, host)?.vars ?? []) {
      compiled.set(name, this.#compile(name, value, at));
    }
    return compiled;
  }

  /** The variables of `-e`, compiled. */
  extraTemplates(): ReadonlyMap<string, ValueTemplate> {
    const place = (file: string) => ({ file, line: 1, column: 1 });
    return new Map(
      [...this.#extra].map(([name, { value, file }]) => [name, this.#compile(name, value, place(file))]),
    );
  }

  /** A host's variables without those of any play. */
  plainVariables(host: string): HostVariables {
    const scope = new HostScope(this.#layers(host));
    return (name) => scope.get(name);
  }

  #layers(host: string): Layers {
    return {
      inventory: this.variables(host),
      play: {},
      extra: this.extraTemplates(),
      registers: new Map(),
      magic: new Map([['inventory_hostname', () => host]]),
    };
  }

  async connect(host: string, wish: ConnectionWish, variables: HostVariables): Promise<Session> {
    return await this.#open(this.#target(host, wish, variables));
  }

  /** Logs in as another user, with that user's password or key alone. */
  async logIn(host: string, wish: ConnectionWish, variables: HostVariables, login: Login): Promise<Session> {
    return await this.#open(loginTarget(this.#target(host, wish, variables), login));
  }

  async #open(target: Target): Promise<Session> {
    for (const secret of [target.password, target.passphrase]) if (secret) this.secrets.add(secret);
    const session = await this.#transports.connect(target);
    return this.#trace ? traced(session, this.#trace) : session;
  }

  #target(host: string, wish: ConnectionWish, variables: HostVariables): Target {
    // Any other name that no inventory knows is a host to log in to: a mistyped one must not be this machine.
    const isImplicitLocal = localNames.includes(host) && !this.inventory.hosts.has(host);
    const connection = wish.connection ?? this.#options.connection ?? (isImplicitLocal ? 'local' : undefined);
    const user = wish.user ?? this.#options.user;
    const defaults: ConnectionDefaults = {
      ...(user === undefined ? {} : { user }),
      ...(this.#options.privateKey === undefined ? {} : { privateKeyFile: this.#options.privateKey }),
      ...(this.#login ? { password: this.#login } : {}),
      ...(connection === undefined ? {} : { connection }),
    };
    return targetOf(host, variables, defaults, parseSshArguments);
  }

  /** As whom to work: the host's variables first, then task and play, then the command line. */
  identity(host: string, wish: IdentityWish, variables: HostVariables): Identity {
    const method = wish.method ?? this.#options.becomeMethod ?? 'sudo';
    const own = becomeOf(host, variables, becomeMethod(method));
    if (!(own.become ?? wish.become ?? this.#options.become ?? false)) return loginIdentity;
    const user = own.user ?? wish.user ?? this.#options.becomeUser ?? 'root';
    const secret = own.password ?? this.#become;
    if (secret) this.secrets.add(secret);
    const become: Become = {
      method: own.method ?? becomeMethod(method),
      user,
      ...(secret ? { password: secret } : {}),
      ...(own.executable === undefined ? {} : { executable: own.executable }),
      ...(own.flags === undefined ? {} : { flags: own.flags }),
    };
    return { key: `${become.method}:${become.user}`, become };
  }

  /** The folder of the first inventory, as `inventory_dir` says. */
  get inventoryFolder(): string {
    const first = this.sources.find((source) => !source.includes(','));
    return first === undefined ? process.cwd() : dirname(resolve(first));
  }

  #compile(name: string, value: unknown, at: ValueTemplate['at']): ValueTemplate {
    if (!isPasswordName(name) || typeof value !== 'string' || value.includes('{{'))
      return compileRaw(value, at);
    const secret = new Secret(value);
    this.secrets.add(secret);
    return constant(secret, at);
  }
}

export interface InventoryRead {
  readonly inventory: Inventory;
  readonly sources: readonly string[];
  readonly extra: ReadonlyMap<string, ExtraVariable>;
}

/** Reads the inventories of `-i`, else `$FETTLE_INVENTORY`, else `./inventory`, and the variables of `-e`. */
export async function readInventory(
  options: InventoryOptions,
  playbookFolders: readonly string[],
): Promise<InventoryRead> {
  const named = process.env['FETTLE_INVENTORY'];
  const fallback = named ? [named] : existsSync('inventory') ? ['inventory'] : [];
  const sources = options.inventory.length > 0 ? options.inventory : fallback;
  const extra = extraVariables(options.extraVars);
  return { inventory: await loadInventory(sources, { playbookDirs: playbookFolders }), sources, extra };
}

/** What is wrong where hosts are wanted and nothing says which there are. */
export function noInventory(): FettleError {
  return new FettleError('usage', {
    summary: 'there is no inventory, so there are no hosts',
    next: 'name one: -i FILE, -i "host1,host2,", $FETTLE_INVENTORY or ./inventory',
  });
}

/** Throws where `-l` leaves nobody: what was meant is not known, and an empty `$HOSTS` is not all is well. */
function checkLimit(inventory: Inventory, limit: string | undefined): void {
  if (limit === undefined || selectHosts(inventory, limit).length > 0) return;
  throw new FettleError('usage', {
    summary: `no host is left by -l ${limit === '' ? 'without a pattern' : limit}`,
    next: 'give it hosts or groups of the inventory; `fettle inventory graph` shows them',
  });
}

async function password(file: string | undefined, ask: boolean | undefined, prompt: string, instead: string) {
  if (file !== undefined) return secretFromFile(file);
  return ask ? askSecret(prompt, instead) : undefined;
}

function becomeMethod(name: string): Become['method'] {
  if (name === 'sudo' || name === 'su' || name === 'doas') return name;
  throw new FettleError('usage', {
    summary: `fettle cannot become another user by ${name}`,
    next: 'use sudo, su or doas',
  });
}
