import type { Fact } from '../contract/fact.ts';
import type { magicNames } from '../load/reserved_names.ts';
import type { Host } from './host.ts';

/** The parts of a run that magic names tell of. */
export interface Surroundings {
  /** Every host of the inventory, in this run or not. */
  readonly allHosts: ReadonlySet<string>;
  /** The hosts of the play that still go on. */
  readonly playHosts: () => readonly string[];
  readonly allPlayHosts: readonly string[];
  readonly batch: readonly string[];
  readonly playName: string;
  readonly tags: { readonly only: readonly string[]; readonly skip: readonly string[] };
  readonly groupsOf: (host: string) => readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly playbookFolder: string;
  readonly inventoryFolder: string;
  readonly check: boolean;
  readonly hostFacts: Readonly<Record<string, Fact<undefined, unknown>>>;
  /** All variables of a host by name, as `hostvars` gives them. */
  readonly variablesOf: (host: string) => object;
}

/** The magic names of one host: what the loader calls known has a value here, or it does not compile. */
export function magicOf(host: Host, around: Surroundings): ReadonlyMap<string, () => unknown> {
  const magic: Record<(typeof magicNames)[number], () => unknown> = {
    ansible_check_mode: () => around.check,
    ansible_play_batch: () => around.batch,
    ansible_play_hosts: () => around.playHosts(),
    ansible_play_hosts_all: () => around.allPlayHosts,
    ansible_play_name: () => around.playName,
    ansible_role_name: () => undefined,
    ansible_run_tags: () => (around.tags.only.length > 0 ? around.tags.only : ['all']),
    ansible_skip_tags: () => around.tags.skip,
    facts: () => factsOf(host, around.hostFacts),
    group_names: () => around.groupsOf(host.name),
    groups: () => around.groups,
    hostvars: () => hostvars(around),
    inventory_dir: () => around.inventoryFolder,
    inventory_hostname: () => host.name,
    inventory_hostname_short: () => host.name.split('.')[0],
    playbook_dir: () => around.playbookFolder,
    role_name: () => undefined,
    role_path: () => undefined,
  };
  return new Map(Object.entries(magic));
}

/** What the host has told of itself; the loop asks for what a text names before it is rendered. */
export function factsOf(host: Host, hostFacts: Surroundings['hostFacts']): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const [name, fact] of Object.entries(hostFacts)) {
    const answer = host.answers.get('login', { fact, subject: undefined } as never);
    if (answer && 'error' in answer) throw answer.error;
    if (answer) known[name] = answer.value;
  }
  return known;
}

function hostvars(around: Surroundings): object {
  const all = {};
  for (const name of around.allHosts) {
    Object.defineProperty(all, name, { enumerable: true, get: () => around.variablesOf(name) });
  }
  return all;
}
