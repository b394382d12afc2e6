import type { AnyModule } from '../contract/module.ts';
import { kindOf, type Fields } from './fields.ts';
import type { JsonSchema } from './json_schema.ts';
import { taskKeys } from './keywords.ts';
import type { Mistakes } from './mistakes.ts';
import { YamlMap, type YamlEntry, type YamlScalar } from './yaml_node.ts';

/** The arguments of a module as a map, whichever way they are written; undefined where they cannot be one. */
export function argumentMap(module: AnyModule, entry: YamlEntry, mistakes: Mistakes): YamlMap | undefined {
  const { value: node, keyAt, key } = entry;
  if (node.kind === 'map') return withoutTaskKeys(node, module, entry, mistakes);
  if (node.kind === 'scalar' && node.value === null) return mapWith(node, undefined, entry);
  const properties = Object.keys((module.args as { properties?: object }).properties ?? {});
  const pairs = node.kind === 'scalar' ? pairsIn(String(node.value), properties) : [];
  if (module.shorthand === undefined || node.kind !== 'scalar') {
    mistakes.add(node.at, {
      summary: `\`${key}\` takes a map of arguments, this is ${kindOf(node)}`,
      next:
        pairs.length > 0 ? rewritten(key, pairs) : `Write \`name: value\` lines, indented below \`${key}:\`.`,
    });
    return undefined;
  }
  if (isFreeForm(module)) {
    const option = /(?:^|\s)(creates|removes|chdir)=/.exec(String(node.value));
    if (!option) return mapWith(node, module.shorthand, entry);
    mistakes.add(node.locate(option.index + (option[0].startsWith(' ') ? 1 : 0)), {
      summary: `\`${option[1]}=\` within the command is not taken`,
      next: `Write \`${key}: {${module.shorthand}: …, ${option[1]}: …}\`.`,
    });
    return undefined;
  }
  if (pairs.length === 0) return mapWith(node, module.shorthand, entry);
  mistakes.add(keyAt, { summary: `\`${key}\` takes its arguments as a map`, next: rewritten(key, pairs) });
  return undefined;
}

/** The arguments with those that stand in `args:` beside the module. */
export function withArgs(given: YamlMap, fields: Fields, mistakes: Mistakes): YamlMap {
  const node = fields.map.get('args');
  if (!node) return given;
  if (node.kind !== 'map') {
    fields.wrong('args', node, 'a map of the module’s arguments');
    return given;
  }
  for (const { key, keyAt } of node.entries.values()) {
    const first = given.entries.get(key)?.keyAt;
    if (first)
      mistakes.add(keyAt, {
        summary: `\`${key}\` is given twice`,
        detail: `The first one is at ${first.file}:${first.line}:${first.column}.`,
        next: 'Keep one of the two.',
      });
  }
  return new YamlMap(given.from, [given.start, given.end], new Map([...node.entries, ...given.entries]));
}

// A key of the task that is indented too far.
function withoutTaskKeys(node: YamlMap, module: AnyModule, { key }: YamlEntry, mistakes: Mistakes): YamlMap {
  const schema = module.args as JsonSchema;
  if (schema.additionalProperties !== false) return node;
  const isTaskKey = (each: YamlEntry) =>
    taskKeys.some((word) => word === each.key) && !Object.hasOwn(schema.properties ?? {}, each.key);
  const entries = [...node.entries.values()];
  for (const each of entries.filter(isTaskKey))
    mistakes.add(each.keyAt, {
      summary: `\`${each.key}\` belongs to the task, not to \`${key}\``,
      next: `Start it in the same column as \`${key}:\`.`,
    });
  const rest = entries.filter((each) => !isTaskKey(each)).map((each) => [each.key, each] as const);
  return rest.length === entries.length
    ? node
    : new YamlMap(node.from, [node.start, node.end], new Map(rest));
}

function mapWith(node: YamlScalar, key: string | undefined, { keyAt }: YamlEntry): YamlMap {
  const entries = key === undefined ? [] : ([[key, { key, keyAt, value: node }]] as const);
  return new YamlMap(node.from, [node.start, node.end], new Map(entries));
}

// A command line may hold `name=value` of its own.
function isFreeForm(module: AnyModule): boolean {
  return module.shorthand === 'cmd';
}

function pairsIn(text: string, properties: readonly string[]): readonly (readonly [string, string])[] {
  const found = text.matchAll(/(?:^|\s)([a-z_]\w*)=("[^"]*"|'[^']*'|\{\{.*?\}\}\S*|\S*)/g);
  const pairs = [...found].map(([, key = '', value = '']) => [key, value] as const);
  return pairs.some(([key]) => properties.includes(key)) ? pairs : [];
}

function rewritten(module: string, pairs: readonly (readonly [string, string])[]): string {
  const lines = pairs.map(([key, value]) => `  ${key}: ${isPlain(value) ? value : `"${value}"`}`);
  return ['Write:', `${module}:`, ...lines].join('\n');
}

// In quotes already, or a word or whole number that YAML reads as it is.
function isPlain(value: string): boolean {
  return /^['"]/.test(value) || /^[A-Za-z/][\w./-]*$/.test(value) || /^(0|[1-9]\d*)$/.test(value);
}
