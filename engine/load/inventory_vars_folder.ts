import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { InventoryValue } from './inventory.ts';
import type { InventoryDraft } from './inventory_draft.ts';
import { readText } from './inventory_files.ts';
import type { VarsFolder } from './inventory_merge.ts';
import { parsed, readVariables } from './inventory_yaml.ts';

/**
 * The `group_vars/` and `host_vars/` of a folder: NAME as a file or folder, else NAME.yml, NAME.yaml or NAME.json.
 * Files are read when their group or host is asked for; mistakes go to the draft.
 */
export function varsFolder(draft: InventoryDraft, folder: string): VarsFolder {
  return {
    group: cached(reader(draft, folder, 'group_vars')),
    host: cached(reader(draft, folder, 'host_vars')),
  };
}

type Values = ReadonlyMap<string, InventoryValue>;

const none: Values = new Map();

const extensions = ['.yml', '.yaml', '.json'];

function cached(read: (name: string) => Values): (name: string) => Values {
  const known = new Map<string, Values>();
  return (name) => {
    const values = known.get(name) ?? read(name);
    known.set(name, values);
    return values;
  };
}

function reader(draft: InventoryDraft, folder: string, kind: 'group_vars' | 'host_vars') {
  const path = join(folder, kind);
  // Listed once: thousands of hosts must not cost thousands of look-ups.
  const listed = new Set(isFolder(path) ? readdirSync(path) : []);
  return (name: string): Values => {
    if (listed.size === 0) return none;
    const found = ['', ...extensions].map((extension) => name + extension).find((each) => listed.has(each));
    if (found === undefined) return none;
    const values = new Map<string, InventoryValue>();
    for (const file of filesOf(join(path, found))) readFile(draft, file, `${kind}/${name}`, values);
    return values;
  };
}

function filesOf(path: string): readonly string[] {
  if (!isFolder(path)) return [path];
  const names = readdirSync(path).filter((name) => !name.startsWith('.') && !name.endsWith('~'));
  return names.sort().flatMap((name) => {
    const inside = join(path, name);
    const extension = extname(name);
    if (isFolder(inside)) return extension === '' ? filesOf(inside) : [];
    return extension === '' || extensions.includes(extension) ? [inside] : [];
  });
}

function readFile(
  draft: InventoryDraft,
  file: string,
  from: string,
  into: Map<string, InventoryValue>,
): void {
  const text = readText(draft, file);
  if (text === undefined) return;
  if (text.startsWith('$ANSIBLE_VAULT;')) {
    const at = { file, line: 1, column: 1, text: text.split('\n', 1)[0] ?? '' };
    draft.fail(
      at,
      'Encrypted variable files are not supported yet',
      `Decrypt it: ansible-vault decrypt ${file}`,
    );
    return;
  }
  const root = parsed(draft, text, file);
  if (root?.kind === 'map')
    for (const { name, value, at } of readVariables(draft, root)) into.set(name, { value, at, from });
  else if (root && !(root.kind === 'scalar' && root.value === null))
    draft.fail(root.at, 'A file of variables is a map', 'Write `NAME: VALUE`, one a line.');
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
