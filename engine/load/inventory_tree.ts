import { didYouMean } from '../template/closest.ts';
import type { GroupDraft, HostDraft, InventoryDraft } from './inventory_draft.ts';

/** Settles who stands under whom: every group under `all`, every host in a group; mistakes go to the draft. */
export function settleTree(draft: InventoryDraft): void {
  reportUndeclared(draft);
  breakCycles(draft);
  const children = new Set([...draft.groups.values()].flatMap((group) => [...group.children.keys()]));
  for (const name of draft.groups.keys())
    if (name !== 'all' && !children.has(name)) draft.addChild('all', name);
  for (const host of draft.hosts.values()) settleHost(draft, host);
}

/** How far each group is from `all` on the longest way, which is the order in which variables are merged. */
export function groupDepths(groups: ReadonlyMap<string, GroupDraft>): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const order = parentsFirst(groups);
  for (const name of order) {
    const depth = depths.get(name) ?? 0;
    depths.set(name, depth);
    for (const child of groups.get(name)?.children.keys() ?? [])
      depths.set(child, Math.max(depths.get(child) ?? 0, depth + 1));
  }
  return depths;
}

function reportUndeclared(draft: InventoryDraft): void {
  const declared = [...draft.groups.values()].filter((group) => !group.onlyVarsAt).map((group) => group.name);
  for (const { child, parent, at } of draft.missingChildren())
    draft.fail(
      at,
      `[${parent}:children] names the group \`${child}\`, which there is not`,
      draft.hosts.has(child)
        ? `${child} is a host: list it under [${parent}].`
        : (didYouMean(child, declared) ?? `Add a section [${child}], or take the line out.`),
    );
  for (const group of draft.groups.values())
    if (group.onlyVarsAt)
      draft.fail(
        group.onlyVarsAt,
        `[${group.name}:vars] gives variables to a group that there is not`,
        didYouMean(group.name, declared) ?? `Add a section [${group.name}], or take this one out.`,
      );
}

function settleHost(draft: InventoryDraft, host: HostDraft): void {
  const others = [...host.groups].filter((group) => group !== 'all' && group !== 'ungrouped');
  if (others.length === 0) draft.addHost(host.name, 'ungrouped');
  else if (host.groups.delete('ungrouped')) draft.groups.get('ungrouped')?.hosts.delete(host.name);
}

/** Reports each child that stands above its own parent and takes that edge out. */
function breakCycles(draft: InventoryDraft): void {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    const group = draft.groups.get(name);
    if (!group || done.has(name)) return;
    path.push(name);
    for (const [child, at] of [...group.children]) {
      const above = path.indexOf(child);
      if (above < 0 && child !== 'all') {
        visit(child);
        continue;
      }
      group.children.delete(child);
      draft.fail(
        at,
        child === 'all' ? '`all` holds every group and stands under none' : `\`${name}\` stands under itself`,
        `Take ${child} out of the children of ${name}.`,
        child === 'all' ? undefined : [...path.slice(above), child].join(' > '),
      );
    }
    path.pop();
    done.add(name);
  };
  for (const name of draft.groups.keys()) visit(name);
}

function parentsFirst(groups: ReadonlyMap<string, GroupDraft>): readonly string[] {
  const finished = new Set<string>();
  const order: string[] = [];
  const visit = (name: string): void => {
    if (finished.has(name)) return;
    finished.add(name);
    for (const child of groups.get(name)?.children.keys() ?? []) visit(child);
    order.push(name);
  };
  for (const name of groups.keys()) visit(name);
  return order.reverse();
}
