import type { Around } from './around.ts';
import { checkStepKeys } from './check_keys.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherited.ts';
import { foreignGroupKey, importKeys } from './keywords.ts';
import { loadRole } from './load_role.ts';
import type { From, Step } from './playbook.ts';
import { namedFolders } from './role_files.ts';
import { stepArguments } from './step_arguments.ts';
import { findTasks, stepsOfFile } from './tasks_file.ts';
import type { YamlEntry, YamlMap } from './yaml_node.ts';

const never = { get: () => undefined, has: () => false };

/** Reads `import_tasks`: the steps of the file, with the keywords of the import. */
export async function loadImportTasks(
  node: YamlMap,
  entry: YamlEntry,
  around: Around,
): Promise<readonly Step[]> {
  const inside = within(node, around, 'import_tasks');
  const args = stepArguments('import_tasks', entry, around);
  const file = args && staticName(args, 'file', entry, around, 'include_tasks');
  if (file === undefined) return [];
  const steps = await around.mistakes.tryAsync(async () => {
    const path = await findTasks(file, entry.value.at, around);
    return stepsOfFile(path, { at: entry.keyAt, included: false }, inside);
  });
  return steps ?? [];
}

/** Reads `import_role`: the steps of the role, with the keywords of the import. */
export async function loadImportRole(
  node: YamlMap,
  entry: YamlEntry,
  around: Around,
): Promise<readonly Step[]> {
  const inside = within(node, around, 'import_role');
  const args = stepArguments('import_role', entry, around);
  if (!args) return [];
  const name = staticName(args, 'name', entry, around, 'include_role');
  args.boolean('public');
  args.boolean('rolespec_validate');
  const isOnce = args.boolean('allow_duplicates') === false;
  const named = namedFolders.flatMap((folder) => {
    const key = `${folder}_from`;
    const file = args.map.get(key) && staticName(args, key, entry, around, 'include_role');
    return file === undefined ? [] : [[folder, file]];
  });
  const from = Object.fromEntries(named) as From;
  if (name === undefined) return [];
  const request = {
    name,
    at: args.map.get('name')?.at ?? entry.keyAt,
    from,
    link: { at: entry.keyAt, included: false },
  };
  const steps = await around.mistakes.tryAsync(() =>
    loadRole(isOnce ? { ...request, alike: '' } : request, inside),
  );
  return steps ?? [];
}

/** A name that must be known while files are read; `later` is the word for one that is not. */
export function staticName(
  args: Fields,
  key: string,
  entry: YamlEntry,
  { mistakes }: Around,
  later: string | undefined,
): string | undefined {
  const word = entry.key;
  const node = args.map.get(key);
  if (!node || (node.kind === 'scalar' && node.value === null)) {
    mistakes.add(entry.keyAt, {
      summary: `\`${word}\` needs \`${key}\``,
      next: `Write \`${word}: {${key}: …}\`.`,
    });
    return undefined;
  }
  const text = args.text(key);
  if (text?.constant) return String(text.render(never));
  if (text)
    mistakes.add(text.at, {
      summary: `\`${word}\` is read before any host is known, so ${key.endsWith('_from') ? `\`${key}\`` : 'its name'} takes no template`,
      next:
        later === undefined ? 'Write the name out.' : `Write \`${later}\`, which is read when it is reached.`,
    });
  return undefined;
}

function within(node: YamlMap, around: Around, what: string): Around {
  const { mistakes } = around;
  checkStepKeys(node, importKeys, `\`${what}\``, around, (key) =>
    key === 'loop'
      ? {
          summary: `\`${what}\` is read once, before any host is known, so it takes no \`loop\``,
          next: `Write \`${what.replace('import', 'include')}\`, which is read when it is reached.`,
        }
      : foreignGroupKey(key),
  );
  const fields = new Fields(node, mistakes);
  fields.text('name');
  return { ...around, inherited: inherit(fields, around) };
}
