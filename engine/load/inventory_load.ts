import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FettleErrors } from '../errors.ts';
import type { Inventory } from './inventory.ts';
import { InventoryDraft } from './inventory_draft.ts';
import { sourceFiles, type SourceFile } from './inventory_files.ts';
import { readIni } from './inventory_ini.ts';
import { mergeInventory } from './inventory_merge.ts';
import { expandHostNames } from './inventory_names.ts';
import { readScript } from './inventory_script.ts';
import { settleTree } from './inventory_tree.ts';
import { varsFolder } from './inventory_vars_folder.ts';
import { readYaml } from './inventory_yaml.ts';

/** Where else variables may lie. */
export interface InventoryOptions {
  /** Folders of the playbooks, whose `group_vars/` and `host_vars/` count too. */
  readonly playbookDirs?: readonly string[];
}

/**
 * Reads the sources of `-i` (files, folders, scripts, lists of names with a comma) into one inventory,
 * merged as Ansible does. Throws FettleErrors with every mistake found.
 */
export async function loadInventory(
  sources: readonly string[],
  options: InventoryOptions = {},
): Promise<Inventory> {
  const draft = new InventoryDraft();
  for (const source of sources) for (const file of sourceFiles(draft, source)) await read(draft, file);
  settleTree(draft);
  const folders = (paths: readonly string[]) => lastOfEach(paths).map((path) => varsFolder(draft, path));
  const beside = sources.flatMap(folderOf);
  const inventory = mergeInventory(draft, folders(beside), folders(options.playbookDirs ?? []));
  if (draft.errors.length > 0) throw new FettleErrors(draft.errors);
  return inventory;
}

async function read(draft: InventoryDraft, source: SourceFile): Promise<void> {
  if (source.form === 'ini') readIni(draft, source.text, source.path);
  else if (source.form === 'yaml') readYaml(draft, source.text, source.path);
  else if (source.form === 'script') await readScript(draft, source.path);
  else readNames(draft, source.text);
}

function readNames(draft: InventoryDraft, text: string): void {
  for (const match of text.matchAll(/[^\s,][^,]*/g)) {
    const at = { file: '-i', line: 1, column: match.index + 1, text };
    const expanded = expandHostNames(match[0].trim());
    if ('mistake' in expanded)
      draft.fail({ ...at, column: at.column + expanded.offset }, expanded.mistake, expanded.next);
    else draft.addHosts(expanded, 'ungrouped', at);
  }
}

function folderOf(source: string): readonly string[] {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) return [];
  return [stat.isDirectory() ? source : dirname(source)];
}

// A folder that is named twice counts where it is named last, as if it had been merged twice.
function lastOfEach(paths: readonly string[]): readonly string[] {
  return paths.filter((path, index) => paths.lastIndexOf(path) === index);
}
