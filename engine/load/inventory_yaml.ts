import { FettleError, FettleErrors, type Position } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import type { GroupDraft, InventoryDraft } from './inventory_draft.ts';
import { expandHostNames, isVariableName } from './inventory_names.ts';
import { parseYaml } from './yaml.ts';
import { toValue, YamlScalar, type YamlEntry, type YamlMap, type YamlNode } from './yaml_node.ts';

/** Reads a YAML inventory into the draft; every mistake is kept there and reading goes on. */
export function readYaml(draft: InventoryDraft, text: string, file: string): void {
  const root = parsed(draft, text, file);
  if (!root) return;
  if (root.kind !== 'map') {
    draft.fail(
      root.at,
      'A YAML inventory is a map of groups',
      'Start it with `all:`, then `hosts:` below it.',
    );
    return;
  }
  const plugin = root.entries.get('plugin');
  if (plugin) {
    draft.fail(
      plugin.keyAt,
      'This file configures an inventory plugin of Ansible, which fettle does not run',
      `Keep what it gives in a file: ansible-inventory -i ${file} --list --yaml --export > hosts.yml`,
    );
    return;
  }
  for (const entry of root.entries.values()) readGroup(draft, entry);
}

/** The variables of a YAML map with their places; mistakes go to the draft. */
export function readVariables(
  draft: InventoryDraft,
  map: YamlMap,
): readonly { name: string; value: unknown; at: Position }[] {
  return [...map.entries.values()].flatMap(({ key, keyAt, value }) => {
    if (!isVariableName(key)) {
      draft.fail(keyAt, `\`${key}\` is no name of a variable`, 'Take out blanks, quotes and brackets.');
      return [];
    }
    try {
      return [{ name: key, value: toValue(value), at: value.at }];
    } catch (error) {
      keep(draft, error);
      return [];
    }
  });
}

/** Parses YAML of an inventory; null where it is empty or broken, and then the draft knows why. */
export function parsed(draft: InventoryDraft, text: string, file: string): YamlNode | null {
  try {
    return parseYaml(text, file, 'inventory').root;
  } catch (error) {
    keep(draft, error);
    return null;
  }
}

function keep(draft: InventoryDraft, error: unknown): void {
  if (error instanceof FettleErrors) draft.errors.push(...error.errors);
  else if (error instanceof FettleError) draft.errors.push(error);
  else throw error;
}

function readGroup(draft: InventoryDraft, { key, value }: YamlEntry): void {
  const group = draft.addGroup(key);
  if (isEmpty(value)) return;
  if (value.kind !== 'map') {
    draft.fail(
      value.at,
      `The group \`${key}\` must be a map`,
      'Below it stand `hosts:`, `children:` and `vars:`.',
    );
    return;
  }
  for (const section of value.entries.values()) readSection(draft, group, section);
}

const sections: readonly string[] = ['hosts', 'children', 'vars'];

function readSection(draft: InventoryDraft, group: GroupDraft, section: YamlEntry): void {
  const entries = sectionEntries(draft, section);
  if (section.key === 'hosts') for (const entry of entries) readHost(draft, group, entry);
  else if (section.key === 'children')
    for (const entry of entries) {
      readGroup(draft, entry);
      draft.addChild(group.name, entry.key, entry.keyAt);
    }
  else if (section.key === 'vars') {
    if (section.value.kind === 'map')
      for (const { name, value, at } of readVariables(draft, section.value))
        draft.setGroupVariable(group, name, value, at);
  } else
    draft.fail(
      section.keyAt,
      `\`${section.key}\` is nothing that a group has`,
      didYouMean(section.key, sections) ??
        'A group has `hosts`, `children` and `vars`; put a group under `children:`, a variable under `vars:`.',
    );
}

function sectionEntries(draft: InventoryDraft, { key, value }: YamlEntry): readonly YamlEntry[] {
  if (value.kind === 'map') return [...value.entries.values()];
  if (isEmpty(value)) return [];
  // One name alone may stand as text, as in Ansible.
  if (value.kind === 'scalar' && typeof value.value === 'string' && key !== 'vars')
    return [{ key: value.value, keyAt: value.at, value: empty(value) }];
  if (sections.includes(key))
    draft.fail(
      value.at,
      `\`${key}\` must be a map`,
      key === 'vars'
        ? 'Write `NAME: VALUE`, one a line.'
        : 'Write each name with a colon and without a dash: `NAME:`.',
    );
  return [];
}

function readHost(draft: InventoryDraft, group: GroupDraft, { key, keyAt, value }: YamlEntry): void {
  const expanded = expandHostNames(key);
  if ('mistake' in expanded) {
    const at = { ...keyAt, column: keyAt.column + expanded.offset };
    draft.fail(at, expanded.mistake, expanded.next);
    return;
  }
  if (value.kind !== 'map' && !isEmpty(value))
    draft.fail(
      value.at,
      `The variables of the host \`${key}\` must be a map`,
      'Write `NAME: VALUE` below it, indented.',
    );
  const variables = value.kind === 'map' ? readVariables(draft, value) : [];
  for (const host of draft.addHosts(expanded, group.name, keyAt))
    for (const { name, value: given, at } of variables)
      host.vars.set(name, { value: given, at, from: `host ${host.name}` });
}

function isEmpty(value: YamlNode): boolean {
  return value.kind === 'scalar' && value.value === null;
}

function empty(beside: YamlScalar): YamlScalar {
  return new YamlScalar(beside.from, [beside.start, beside.end], { value: null, source: '', plain: true });
}
