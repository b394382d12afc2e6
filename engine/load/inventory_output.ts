import { FettleError } from '../errors.ts';
import { Secret } from '../shell/secret.ts';
import { didYouMean } from '../template/closest.ts';
import type { Inventory, InventoryValue } from './inventory.ts';
import { findHost } from './inventory_members.ts';

/** The whole inventory in the shape of `ansible-inventory --list`. */
export function inventoryList(inventory: Inventory): Readonly<Record<string, unknown>> {
  const groups: Record<string, unknown> = {};
  for (const { name, children, hosts } of inventory.groups.values()) {
    const listed = name === 'all' ? [] : hosts;
    if (children.length === 0 && listed.length === 0) continue;
    groups[name] = { ...(children.length > 0 && { children }), ...(listed.length > 0 && { hosts: listed }) };
  }
  const withVars = [...inventory.hosts.values()].filter((host) => host.vars.size > 0);
  const hostvars = Object.fromEntries(withVars.map(({ name, vars }) => [name, plain(vars)]));
  return { _meta: { hostvars }, ...groups };
}

/** A host's merged variables. */
export function inventoryHost(inventory: Inventory, name: string): Readonly<Record<string, unknown>> {
  const host = findHost(inventory, name);
  if (host) return plain(host.vars);
  throw unknown('host', name, inventory.hosts.keys());
}

/** Groups and hosts below a group as a tree, as `ansible-inventory --graph` draws it. */
export function inventoryGraph(inventory: Inventory, root = 'all'): string {
  if (!inventory.groups.has(root)) throw unknown('group', root, inventory.groups.keys());
  return [`@${root}:`, ...branches(inventory, root, '  |--')].join('\n');
}

/** JSON with sorted keys, indented by four, as Ansible prints it. */
export function inventoryJson(value: unknown): string {
  return JSON.stringify(sorted(value), null, 4);
}

function plain(vars: ReadonlyMap<string, InventoryValue>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...vars].map(([name, { value }]) => [name, value]));
}

function branches(inventory: Inventory, name: string, lead: string): readonly string[] {
  const group = inventory.groups.get(name);
  const children = group?.children ?? [];
  // Every host of `all` is shown under one of its children.
  const hosts = name === 'all' ? [] : (group?.hosts ?? []);
  return [
    ...children.flatMap((child) => [`${lead}@${child}:`, ...branches(inventory, child, `  |${lead}`)]),
    ...hosts.map((host) => lead + host),
  ];
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  // A Secret keeps its own way of being shown.
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

function unknown(what: string, name: string, names: Iterable<string>): FettleError {
  return new FettleError('inventory', {
    summary: `There is no ${what} \`${name}\` in the inventory`,
    next: didYouMean(name, names) ?? '`fettle inventory graph` shows what there is.',
  });
}
