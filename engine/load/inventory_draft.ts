import { FettleError, type Position } from '../errors.ts';
import type { InventoryValue } from './inventory.ts';
import type { HostNames } from './inventory_names.ts';

/** A group while its inventories are being read. */
export interface GroupDraft {
  readonly name: string;
  readonly hosts: Set<string>;
  /** Children and where each was said to be one. */
  readonly children: Map<string, Position | undefined>;
  readonly vars: Map<string, InventoryValue>;
  /** `ansible_group_priority`: among groups of one depth the higher one wins. */
  priority: number;
  /** Where only its variables were seen so far: a mistake if nothing else follows. */
  onlyVarsAt: Position | undefined;
}

/** A host while its inventories are being read. */
export interface HostDraft {
  readonly name: string;
  /** Those that list it by name. */
  readonly groups: Set<string>;
  readonly vars: Map<string, InventoryValue>;
}

/** What the sources of a run say, gathered source by source, and the mistakes found in them. */
export class InventoryDraft {
  readonly groups = new Map<string, GroupDraft>();
  readonly hosts = new Map<string, HostDraft>();
  readonly errors: FettleError[] = [];
  /** Children that no group of that name has followed yet, with their parents. */
  readonly #awaited = new Map<string, Map<string, Position | undefined>>();

  constructor() {
    this.addGroup('all');
    this.addGroup('ungrouped');
    this.addChild('all', 'ungrouped');
  }

  /** The group of that name, which exists from now on. */
  addGroup(name: string): GroupDraft {
    const group = this.#group(name);
    group.onlyVarsAt = undefined;
    const parents = this.#awaited.get(name);
    if (parents) {
      this.#awaited.delete(name);
      for (const [parent, at] of parents) this.addChild(parent, name, at);
    }
    return group;
  }

  /** The group of that name, which something else must declare. */
  groupOfVars(name: string, at: Position): GroupDraft {
    const known = this.groups.get(name);
    if (known) return known;
    const group = this.#group(name);
    group.onlyVarsAt = at;
    return group;
  }

  /** Puts a group under another; the child may be declared later. */
  addChild(parent: string, child: string, at?: Position): void {
    if (this.groups.has(child)) {
      const children = this.#group(parent).children;
      if (!children.has(child)) children.set(child, at);
      return;
    }
    const parents = this.#awaited.get(child) ?? new Map<string, Position | undefined>();
    parents.set(parent, at);
    this.#awaited.set(child, parents);
  }

  /** The host of that name, in that group. */
  addHost(name: string, group: string): HostDraft {
    let host = this.hosts.get(name);
    if (!host) {
      host = { name, groups: new Set(), vars: new Map() };
      this.hosts.set(name, host);
    }
    host.groups.add(group);
    this.#group(group).hosts.add(name);
    return host;
  }

  /** The hosts of one written name, all in that group. As in Ansible, a port counts where a host is first named. */
  addHosts({ names, port }: HostNames, group: string, at: Position): readonly HostDraft[] {
    return names.map((name) => {
      const known = this.hosts.has(name);
      const host = this.addHost(name, group);
      if (port !== undefined && !known)
        host.vars.set('ansible_port', { value: port, at, from: `host ${name}` });
      return host;
    });
  }

  /** Sets a variable of a group. */
  setGroupVariable(group: GroupDraft, name: string, value: unknown, at: Position): void {
    if (name !== 'ansible_group_priority') {
      group.vars.set(name, { value, at, from: `group ${group.name}` });
      return;
    }
    const priority = typeof value === 'string' && /^[-+]?\d+$/.test(value) ? Number(value) : value;
    if (typeof priority === 'number') group.priority = Math.trunc(priority);
    else this.fail(at, 'ansible_group_priority must be a number', 'Write a whole number; 1 is the default.');
  }

  /** Keeps a mistake; all are shown together. */
  fail(position: Position | undefined, summary: string, next: string, detail?: string): void {
    this.errors.push(new FettleError('inventory', { summary, next, detail, position }));
  }

  /** Children that no source declared as groups, and who wants them. */
  missingChildren(): readonly { child: string; parent: string; at: Position | undefined }[] {
    return [...this.#awaited].flatMap(([child, parents]) =>
      [...parents].map(([parent, at]) => ({ child, parent, at })),
    );
  }

  #group(name: string): GroupDraft {
    let group = this.groups.get(name);
    if (!group) {
      group = {
        name,
        hosts: new Set(),
        children: new Map(),
        vars: new Map(),
        priority: 1,
        onlyVarsAt: undefined,
      };
      this.groups.set(name, group);
    }
    return group;
  }
}
