import type { Inventory, InventoryHost } from './inventory.ts';

/** The hosts of a group and of all groups below it, level by level as Ansible walks them, each once. */
export function groupHosts(inventory: Pick<Inventory, 'groups'>, name: string): string[] {
  const hosts = new Set<string>();
  const groups = new Set([name]);
  // A set that grows while it is walked: breadth first.
  for (const each of groups) {
    const group = inventory.groups.get(each);
    for (const host of group?.hosts ?? []) hosts.add(host);
    for (const child of group?.children ?? []) groups.add(child);
  }
  return [...hosts];
}

/** A host by its name; `localhost`, `127.0.0.1` and `::1` are there even where no inventory names them. */
export function findHost(inventory: Inventory, name: string): InventoryHost | undefined {
  const known = inventory.hosts.get(name);
  if (known || !localNames.includes(name) || !inventory.localhost) return known;
  return { ...inventory.localhost, name };
}

/** The names that mean the machine that fettle runs on. */
export const localNames: readonly string[] = ['localhost', '127.0.0.1', '::1'];
