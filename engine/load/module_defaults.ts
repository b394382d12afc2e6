import { didYouMean } from '../template/closest.ts';
import type { Fields } from './fields.ts';
import { plainName } from './find_module.ts';
import type { Mistakes } from './mistakes.ts';
import { YamlMap, type YamlEntry } from './yaml_node.ts';

/** Arguments by module, for tasks that do not give them themselves. */
export type ModuleDefaults = ReadonlyMap<string, ReadonlyMap<string, YamlEntry>>;

/** No defaults for any module. */
export const noDefaults: ModuleDefaults = new Map();

/** `module_defaults` of something, over those of what is around it. */
export function readModuleDefaults(
  fields: Fields,
  outer: ModuleDefaults,
  modules: readonly string[],
  mistakes: Mistakes,
): ModuleDefaults {
  const node = fields.map.get('module_defaults');
  if (!node) return outer;
  if (node.kind !== 'map') {
    fields.wrong('module_defaults', node, 'a map: a module’s name, and its arguments indented below it');
    return outer;
  }
  const all = new Map(outer);
  for (const { key, keyAt, value } of node.entries.values()) {
    const name = plainName(key);
    if (key.startsWith('group/'))
      mistakes.add(keyAt, {
        summary: `Groups of modules such as \`${key}\` are not supported`,
        next: 'Name each module that is meant.',
      });
    else if (!modules.includes(name))
      mistakes.add(keyAt, {
        summary: `There is no module \`${key}\``,
        next: didYouMean(name, modules) ?? 'Remove it.',
      });
    else if (value.kind !== 'map') fields.wrong(key, value, 'a map of arguments');
    else all.set(name, new Map([...(outer.get(name) ?? []), ...value.entries]));
  }
  return all;
}

/** A module's arguments with the defaults beneath them; each keeps its place. */
export function withDefaults(given: YamlMap, module: string, defaults: ModuleDefaults): YamlMap {
  const below = defaults.get(module);
  if (!below) return given;
  return new YamlMap(given.from, [given.start, given.end], new Map([...below, ...given.entries]));
}
