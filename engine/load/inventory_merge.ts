import type { Inventory, InventoryGroup, InventoryHost, InventoryValue } from './inventory.ts';
import type { GroupDraft, InventoryDraft } from './inventory_draft.ts';
import { groupDepths } from './inventory_tree.ts';
import { groupHosts } from './inventory_members.ts';

type Values = ReadonlyMap<string, InventoryValue>;

/** Variables from the `group_vars/` and `host_vars/` of one folder. */
export interface VarsFolder {
  group(name: string): Values;
  host(name: string): Values;
}

/**
 * Merges a settled draft and the variable folders in Ansible's order, lowest first: `all` (inventory, inventory's
 * folders, playbook's folders come later), groups from parents to children, hosts.
 */
export function mergeInventory(
  draft: InventoryDraft,
  inventoryFolders: readonly VarsFolder[],
  playbookFolders: readonly VarsFolder[],
): Inventory {
  const merger = new Merger(draft, inventoryFolders, playbookFolders);
  const groups = new Map([...draft.groups.values()].map((group) => [group.name, merger.group(group)]));
  const names = groupHosts({ groups }, 'all');
  const hosts = new Map(names.map((name) => [name, merger.host(name)]));
  return { hosts, groups, localhost: merger.implicitLocalhost() };
}

class Merger {
  readonly #draft: InventoryDraft;
  readonly #inventoryFolders: readonly VarsFolder[];
  readonly #playbookFolders: readonly VarsFolder[];
  readonly #rank: ReadonlyMap<string, number>;
  readonly #parents: ReadonlyMap<string, readonly string[]>;
  /** Hosts of the same groups share the groups' part. */
  readonly #shared = new Map<string, { groups: readonly string[]; vars: Map<string, InventoryValue> }>();

  constructor(draft: InventoryDraft, inventory: readonly VarsFolder[], playbook: readonly VarsFolder[]) {
    this.#draft = draft;
    this.#inventoryFolders = inventory;
    this.#playbookFolders = playbook;
    this.#rank = mergeRank(draft.groups);
    this.#parents = parentsOf(draft.groups);
  }

  group(group: GroupDraft): InventoryGroup {
    const vars = new Map(group.vars);
    for (const folder of [...this.#inventoryFolders, ...this.#playbookFolders])
      addAll(vars, folder.group(group.name));
    return { name: group.name, children: [...group.children.keys()], hosts: [...group.hosts], vars };
  }

  host(name: string): InventoryHost {
    const draft = this.#draft.hosts.get(name);
    const { groups, vars } = this.#groupsPart([...(draft?.groups ?? [])]);
    return { name, groups, vars: this.#withHost(vars, name, draft?.vars) };
  }

  /** As Ansible has it: the variables of `all`, reached without a connection, in no group. */
  implicitLocalhost(): InventoryHost {
    const at = { file: '(implicit localhost)', line: 1, column: 1 };
    const local = new Map([['ansible_connection', { value: 'local', at, from: 'implicit localhost' }]]);
    const { vars } = this.#groupsPart(['all']);
    return { name: 'localhost', groups: [], vars: this.#withHost(vars, 'localhost', local) };
  }

  #withHost(shared: Values, name: string, own: Values = new Map()): Values {
    const vars = new Map(shared);
    addAll(vars, own);
    for (const folder of [...this.#inventoryFolders, ...this.#playbookFolders])
      addAll(vars, folder.host(name));
    return vars;
  }

  #groupsPart(direct: readonly string[]): { groups: readonly string[]; vars: Values } {
    const key = direct.join('\n');
    let part = this.#shared.get(key);
    if (!part) {
      const groups = this.#closure(direct);
      part = { groups, vars: this.#groupVars(groups) };
      this.#shared.set(key, part);
    }
    return part;
  }

  #groupVars(groups: readonly string[]): Map<string, InventoryValue> {
    const vars = new Map<string, InventoryValue>();
    const below = groups.filter((name) => name !== 'all');
    for (const name of groups) addAll(vars, this.#draft.groups.get(name)?.vars ?? new Map());
    for (const folder of this.#inventoryFolders) addAll(vars, folder.group('all'));
    for (const folder of this.#playbookFolders) addAll(vars, folder.group('all'));
    for (const folder of this.#inventoryFolders) for (const name of below) addAll(vars, folder.group(name));
    for (const folder of this.#playbookFolders) for (const name of below) addAll(vars, folder.group(name));
    return vars;
  }

  #closure(direct: readonly string[]): readonly string[] {
    const found = new Set(['all', ...direct]);
    for (const name of found) for (const parent of this.#parents.get(name) ?? []) found.add(parent);
    return [...found].sort((a, b) => (this.#rank.get(a) ?? 0) - (this.#rank.get(b) ?? 0));
  }
}

/** Every group's place in the order of merging: by depth, then priority, then name. */
function mergeRank(groups: ReadonlyMap<string, GroupDraft>): ReadonlyMap<string, number> {
  const depths = groupDepths(groups);
  const depth = (group: GroupDraft) => depths.get(group.name) ?? 0;
  const sorted = [...groups.values()].sort(
    (a, b) => depth(a) - depth(b) || a.priority - b.priority || (a.name < b.name ? -1 : 1),
  );
  return new Map(sorted.map((group, index) => [group.name, index]));
}

function parentsOf(groups: ReadonlyMap<string, GroupDraft>): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string[]>();
  for (const group of groups.values())
    for (const child of group.children.keys()) {
      const known = parents.get(child);
      if (known) known.push(group.name);
      else parents.set(child, [group.name]);
    }
  return parents;
}

function addAll(into: Map<string, InventoryValue>, from: Values): void {
  for (const [name, value] of from) into.set(name, value);
}
