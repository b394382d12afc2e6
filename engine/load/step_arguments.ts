import type { AnyModule } from '../contract/module.ts';
import type { Around } from './around.ts';
import { checkKeys } from './check_keys.ts';
import { Fields } from './fields.ts';
import { argumentMap } from './module_map.ts';
import type { YamlEntry } from './yaml_node.ts';

/** The arguments of `import_tasks` and its like, each word with the one that may stand alone, first. */
const taken = {
  import_tasks: ['file'],
  include_tasks: ['file', 'apply'],
  import_role: roleArguments(),
  include_role: [...roleArguments(), 'apply'],
  include_vars: ['file', 'dir', 'name'],
} as const;

export type ArgumentWord = keyof typeof taken;

/** The arguments as fields; undefined where they are no arguments. */
export function stepArguments(word: ArgumentWord, entry: YamlEntry, around: Around): Fields | undefined {
  const { mistakes } = around;
  const names = taken[word];
  const properties = Object.fromEntries(names.map((name) => [name, {}]));
  const form = { name: word, shorthand: names[0], args: { properties } } as unknown as AnyModule;
  const map = argumentMap(form, entry, mistakes);
  if (!map) return undefined;
  checkKeys(map, names, `\`${word}\``, mistakes, (key) =>
    key === '_raw_params' || key === 'free_form'
      ? { summary: `\`${key}\` is not taken`, next: `Write \`${names[0]}\`.` }
      : undefined,
  );
  return new Fields(map, mistakes);
}

function roleArguments() {
  return [
    'name',
    'tasks_from',
    'vars_from',
    'defaults_from',
    'handlers_from',
    'public',
    'allow_duplicates',
    'rolespec_validate',
  ] as const;
}
