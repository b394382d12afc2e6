import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carryOut } from '../../engine/cli/carry_out.ts';
import { Controller } from '../../engine/cli/controller.ts';
import type { HostOptions } from '../../engine/cli/options.ts';
import { Outlet } from '../../engine/cli/outlet.ts';
import { preflight } from '../../engine/cli/preflight.ts';
import { takeBack } from '../../engine/cli/take_back.ts';
import { asInRun } from '../../engine/cli/undo.ts';
import { newRunName, readRunRecord, RunRecord } from '../../engine/journal/run_record.ts';
import type { Registry } from '../../engine/load/find_module.ts';
import { loadPlaybook } from '../../engine/load/load_playbook.ts';
import { registry } from '../../engine/modules/index.ts';
import type { RunContext } from '../../engine/run/context.ts';
import type { Event } from '../../engine/run/events.ts';
import { LocalFiles } from '../../engine/run/local_files.ts';
import { startEmbeddedHost, type EmbeddedHost } from '../hosts/embedded.ts';
import { writeClientFiles } from '../hosts/client_files.ts';
import { newKey } from '../hosts/keys.ts';
import { Ended } from './ended.ts';
import { fakeDirectives } from './fake_directives.ts';
import { fakeModules } from './fake_modules.ts';
import { watchedTransports, type Limits, type Watch } from './watched_transports.ts';

/** One host of a fleet; `root` is also its variable of that name. */
export interface FleetHost {
  readonly name: string;
  readonly root: string;
  /** Where it is one with faults to switch. */
  readonly embedded?: EmbeddedHost;
}

export interface FleetRun extends Partial<HostOptions> {
  readonly registry?: Registry;
  /** Sees each send before it goes out and after it came back. */
  readonly watch?: Watch;
  readonly limits?: Limits;
  readonly interrupted?: () => boolean;
  readonly step?: boolean;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  /** Stands in for the person at the terminal. */
  readonly ask?: RunContext['ask'];
  /** Sees each event as it is told. */
  readonly onEvent?: (event: Event) => void;
}

/** Hosts with a scratch folder each, and the ways to run playbooks on them as the command line does. */
export class Fleet {
  readonly folder: string;
  readonly hosts: readonly FleetHost[];
  readonly inventory: string;
  readonly #runs: string[] = [];
  #playbooks = 0;

  constructor(folder: string, hosts: readonly FleetHost[], inventory: string) {
    this.folder = folder;
    this.hosts = hosts;
    this.inventory = inventory;
  }

  /** The folder of the n-th host, from 1. */
  root(number = 1): string {
    return (this.hosts[number - 1] as FleetHost).root;
  }

  /** Where the command line is to keep its records of runs. */
  get state(): string {
    return join(this.folder, 'state');
  }

  /** Puts a playbook's text into a file. */
  async playbook(text: string): Promise<string> {
    const file = join(this.folder, `playbook${(this.#playbooks += 1)}.yml`);
    await writeFile(file, text);
    return file;
  }

  /** Runs a playbook's text; rejects as the command line would refuse it. */
  async run(text: string, options: FleetRun = {}): Promise<Ended> {
    const all = hostOptions(this.inventory, options);
    const file = await this.playbook(text);
    const playbook = await loadPlaybook(file, {
      registry: modulesFor(options),
      become: all.become === true,
      ...selectionOf(options),
    });
    const controller = await this.#controller(all, options);
    controller.declare(playbook.plays);
    const local = new LocalFiles();
    await preflight(controller, [playbook], local);
    return this.#recorded(controller, options, (course, record) =>
      carryOut(controller, [playbook], all, { ...course, local, flush: () => record.flush() }),
    );
  }

  /** Takes a run back. */
  async undo(run: string, options: FleetRun = {}): Promise<Ended> {
    const events = readRunRecord(this.#records, run) as readonly Event[];
    const all = asInRun(events, hostOptions(this.inventory, options));
    const controller = await this.#controller(all, options);
    return this.#recorded(controller, options, (course) =>
      takeBack(controller, { run, events }, all, { ...course, registry: modulesFor(options) }),
    );
  }

  /** Ends the hosts and removes all that was written, the hosts' journals included. */
  async close(): Promise<void> {
    for (const host of this.hosts) await host.embedded?.close();
    await rm(this.folder, { recursive: true, force: true });
    // Where the tests run as root, so does the local transport, and root has its journals here.
    for (const run of this.#runs) await rm(join('/var/lib/fettle', run), { recursive: true, force: true });
  }

  /** Makes `close` remove the journals of a run that was made otherwise. */
  owns(run: string): void {
    this.#runs.push(run);
  }

  get #records(): string {
    return join(this.state, 'runs');
  }

  async #controller(all: HostOptions, { watch, limits }: FleetRun): Promise<Controller> {
    return Controller.open(all, [this.folder], watchedTransports(this.folder, { ...watch }, limits));
  }

  async #recorded(
    controller: Controller,
    { interrupted, onEvent, ask }: FleetRun,
    act: (course: Parameters<typeof takeBack>[3], record: RunRecord) => Promise<number>,
  ): Promise<Ended> {
    const run = newRunName(new Date());
    this.#runs.push(run);
    const record = new RunRecord(this.#records, run);
    const events: Event[] = [];
    const take = (event: Event): void => {
      events.push(event);
      onEvent?.(event);
    };
    const outlet = new Outlet([{ take, close: async () => undefined }], controller.secrets, record);
    try {
      const emit = (event: Event): void => outlet.emit(event);
      const exit = await act(
        {
          run,
          emit,
          flush: () => record.flush(),
          interrupted: interrupted ?? (() => false),
          ...(ask ? { ask } : {}),
        },
        record,
      );
      return new Ended(run, exit, events, record.folder);
    } finally {
      await outlet.close();
    }
  }
}

/** Hosts h1, h2, … on this machine's own shell. */
export async function localFleet(
  count = 1,
  variables: Readonly<Record<string, string>> = {},
): Promise<Fleet> {
  const folder = await scratchFolder();
  const hosts = await Promise.all(
    names(count).map(async (name) => ({ name, root: await rootOf(folder, name) })),
  );
  const more = Object.entries(variables).map(([name, value]) => ` ${name}=${value}`);
  const lines = hosts.map(
    ({ name, root }) => `${name} ansible_connection=local root=${root}${more.join('')}\n`,
  );
  const inventory = join(folder, 'inventory.ini');
  await writeFile(inventory, lines.join(''));
  return new Fleet(folder, hosts, inventory);
}

/** Hosts h1, h2, … behind real SSH, with faults to switch; their shells are not root's. */
export async function embeddedFleet(count = 1): Promise<Fleet> {
  const folder = await scratchFolder();
  const key = newKey();
  const hosts = await Promise.all(
    names(count).map(async (name) => {
      const root = join(folder, name);
      const embedded = await startEmbeddedHost({ name, folder: root, authorizedKey: key.publicLine });
      return { name, root, embedded };
    }),
  );
  const reachable = hosts.map(({ embedded, root }) => ({ ...embedded, vars: { root } }));
  const { inventory } = await writeClientFiles(folder, key.privateText, { all: reachable });
  return new Fleet(folder, hosts, inventory);
}

// Absent where all tasks are meant.
function selectionOf({ tags = [], skipTags = [] }: FleetRun) {
  return tags.length + skipTags.length === 0 ? {} : { selection: { tags, skipTags } };
}

function modulesFor(options: FleetRun): Registry {
  return { ...registry, ...fakeModules, ...fakeDirectives, ...options.registry };
}

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `h${index + 1}`);
}

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-run-'));
  await chmod(folder, 0o755);
  return folder;
}

async function rootOf(folder: string, name: string): Promise<string> {
  const root = join(folder, name);
  await mkdir(root);
  return root;
}

function hostOptions(
  inventory: string,
  { registry: _r, watch: _w, limits: _l, ask: _a, ...given }: FleetRun,
): HostOptions {
  return { inventory: [inventory], extraVars: [], forks: 50, verbose: 0, output: [], ...given };
}
