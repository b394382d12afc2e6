import { dirname, join } from 'node:path';
import { FettleError } from '../errors.ts';
import type { Around } from './around.ts';
import { Fields } from './fields.ts';
import { candidatesOf, firstFile } from './find_file.ts';
import type { Variables, VarsFile } from './playbook.ts';
import { readVariables } from './variable_files.ts';
import type { YamlMap, YamlNode } from './yaml_node.ts';
import type { ValueTemplate } from '../template/template.ts';

/** What `vars_files` give: the variables of those that are known now, and the files that are chosen for each host. */
export async function readVarsFiles(
  play: YamlMap,
  around: Around,
): Promise<{ readonly vars: Variables; readonly files: readonly VarsFile[] }> {
  const { mistakes } = around;
  const fields = new Fields(play, mistakes);
  let vars: Variables = {};
  const files: VarsFile[] = [];
  for (const entry of entriesOf(play.get('vars_files'), fields)) {
    const paths = pathsOf(entry, fields);
    if (paths.length === 0) continue;
    const file: VarsFile = { paths, at: entry.at, load: (path) => readIfThere(path, entry, around) };
    if (!paths.every(({ constant }) => constant)) files.push(file);
    else vars = { ...vars, ...(await mistakes.tryAsync(() => readFirst(file, entry, around))) };
  }
  return { vars, files };
}

const never = { get: () => undefined, has: () => false };

function entriesOf(node: YamlNode | undefined, fields: Fields): readonly YamlNode[] {
  if (!node || (node.kind === 'scalar' && node.value === null)) return [];
  if (node.kind === 'list') return node.items;
  if (node.kind === 'scalar') return [node];
  fields.wrong('vars_files', node, 'a list of files');
  return [];
}

// A list within the list is a choice: the first that exists.
function pathsOf(entry: YamlNode, fields: Fields): readonly ValueTemplate[] {
  const items = entry.kind === 'list' ? entry.items : [entry];
  return items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return fields.value(item) ?? [];
    fields.wrong(
      'vars_files',
      item,
      'a list of paths, or of lists of paths of which the first that exists is read',
    );
    return [];
  });
}

async function readFirst(file: VarsFile, entry: YamlNode, around: Around): Promise<Variables> {
  const names = file.paths.map((path) => String(path.render(never)));
  for (const name of names) {
    const variables = await file.load(name);
    if (variables) return variables;
  }
  throw new FettleError('playbook', {
    summary: names.length === 1 ? `There is no file ${names[0]}` : 'None of these files is there',
    detail: `Looked for ${names.flatMap((name) => placesOf(name, entry, around)).join(', ')}.`,
    next: 'Put it there, or give its path relative to the playbook.',
    position: entry.at,
  });
}

async function readIfThere(name: string, entry: YamlNode, around: Around): Promise<Variables | undefined> {
  const path = await firstFile(placesOf(name, entry, around));
  return path === undefined ? undefined : readVariables(path, entry.at, around.loading);
}

function placesOf(name: string, entry: YamlNode, { playFolder }: Around): readonly string[] {
  return candidatesOf(name, [dirname(entry.from.file), join(playFolder, 'vars')]);
}
