import type { AnyModule } from '../contract/module.ts';
import type { Position } from '../errors.ts';
import { constant } from '../template/value.ts';
import { compileArguments, variablesMade } from './arguments.ts';
import { Fields } from './fields.ts';
import { findModule, plainName, type Registry } from './find_module.ts';
import { below, typesOf, type JsonSchema } from './json_schema.ts';
import { Mistakes } from './mistakes.ts';
import type { Play, Playbook, Task } from './playbook.ts';
import { defaultLoopVar } from './reserved_names.ts';
import { parseYaml } from './yaml.ts';
import { YamlMap, YamlScalar, type SourceFile, type YamlEntry, type YamlNode } from './yaml_node.ts';

/**
 * The playbook of one task that `fettle do PATTERN MODULE [k=v…]` stands for. Values are texts where the module wants
 * text, else read as YAML; words without `=` are the module's plain argument (`uptime -p`). Throws FettleErrors.
 */
export async function loadAdHoc(
  pattern: string,
  module: string,
  words: readonly string[],
  registry: Registry,
): Promise<Playbook> {
  const mistakes = new Mistakes('usage');
  const line = new CommandLine(module, words);
  const named = { key: module, keyAt: line.position(0), value: line.scalar(null, 0) };
  const found = await findModule(line.map([named]), registry, mistakes);
  mistakes.throw();
  if (!found) return { file: line.file, plays: [] };
  const at = line.position(0);
  const given = line.map(argumentEntries(found.module, line, mistakes));
  const args = compileArguments(found.module, new Fields(given, mistakes), at, mistakes);
  mistakes.throw();
  const task: Task = {
    kind: 'task',
    id: 0,
    name: constant(plainName(module), at),
    at,
    module: found.module,
    args,
    when: [],
    loopControl: { loopVar: defaultLoopVar, extended: false },
    tags: [],
    defaults: {},
    folders: [process.cwd()],
    environment: [],
    produces: variablesMade(found.module, given),
    vars: {},
    notify: [],
    listen: [],
  };
  const play: Play = {
    name: pattern,
    at,
    hosts: constant(pattern, at),
    vars: {},
    defaults: {},
    varsFiles: [],
    serial: [],
    anyErrorsFatal: false,
    strategy: 'free',
    forceHandlers: false,
    steps: [task],
    gate: [],
    handlers: [],
  };
  return { file: line.file, plays: [play] };
}

/** The words as one line of text, so that mistakes can point into it. */
class CommandLine implements SourceFile {
  readonly file = 'command line';
  readonly kind = 'usage';
  readonly text: string;
  /** Each word with the offset at which it starts. */
  readonly words: readonly (readonly [string, number])[];

  constructor(module: string, words: readonly string[]) {
    this.text = [module, ...words].join(' ');
    let start = module.length + 1;
    this.words = words.map((word) => {
      const placed = [word, start] as const;
      start += word.length + 1;
      return placed;
    });
  }

  position(offset: number): Position {
    return { file: this.file, line: 1, column: offset + 1, text: this.text };
  }

  scalar(value: string | null, start: number): YamlScalar {
    return new YamlScalar(this, [start, start + (value ?? '').length], {
      value,
      source: value ?? '',
      plain: true,
    });
  }

  map(entries: readonly YamlEntry[]): YamlMap {
    return new YamlMap(this, [0, this.text.length], new Map(entries.map((entry) => [entry.key, entry])));
  }
}

function argumentEntries(
  { args, shorthand }: AnyModule,
  line: CommandLine,
  mistakes: Mistakes,
): readonly YamlEntry[] {
  const schema = args as JsonSchema;
  const entries: YamlEntry[] = [];
  const plain: (readonly [string, number])[] = [];
  for (const [word, start] of line.words) {
    const [, key, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    const isArgument =
      key !== undefined && (shorthand === undefined || Object.hasOwn(schema.properties ?? {}, key));
    const keyAt = line.position(start);
    if (isArgument && entries.some((entry) => entry.key === key))
      mistakes.add(keyAt, { summary: `\`${key}\` is given twice`, next: 'Leave one of them out.' });
    else if (isArgument) {
      const node = mistakes.try(() => valueNode(value, start + key.length + 1, below(schema, key), line));
      if (node) entries.push({ key, keyAt, value: node });
    } else if (shorthand !== undefined) plain.push([word, start]);
    else mistakes.add(keyAt, { summary: `\`${word}\` is no argument`, next: 'Write name=value.' });
  }
  const [first] = plain;
  if (first && shorthand !== undefined) {
    const text = plain.map(([word]) => word).join(' ');
    entries.push({ key: shorthand, keyAt: line.position(first[1]), value: line.scalar(text, first[1]) });
  }
  return entries;
}

// The schema turns a text into the boolean or number that it wants; lists, maps and what it does not tell are YAML.
function valueNode(
  value: string,
  start: number,
  schema: JsonSchema | undefined,
  line: CommandLine,
): YamlNode {
  const types = schema ? typesOf(schema) : [];
  const isStructure =
    /^(\[|\{(?!\{))/.test(value) && (types.length === 0 || types.some((type) => /array|object/.test(type)));
  const isScalar = types.length === 0 && /^(true|false|-?(0|[1-9]\d*)(\.\d+)?)$/.test(value);
  if (!isStructure && !isScalar) return line.scalar(value, start);
  return parseYaml(value, line.file, 'usage').root ?? line.scalar(null, start);
}
