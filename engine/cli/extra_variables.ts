import { readFileSync } from 'node:fs';
import { FettleError } from '../errors.ts';
import { coerce } from '../load/coerce.ts';
import { below, typeOf, typesOf, type JsonSchema } from '../load/json_schema.ts';
import { utf8Text } from '../load/utf8_text.ts';
import { parseYaml } from '../load/yaml.ts';
import { toValue } from '../load/yaml_node.ts';

/** A variable of `-e`; `text` is what was typed, for a variable that is declared to be a string. */
export interface ExtraVariable {
  readonly value: unknown;
  readonly text?: string;
  readonly file: string;
}

/** Reads `-e k=v`, `-e @FILE`, `-e '{json}'`; a later one wins. Throws FettleError `usage`. */
export function extraVariables(given: readonly string[]): ReadonlyMap<string, ExtraVariable> {
  const all = new Map<string, ExtraVariable>();
  for (const word of given) for (const [name, variable] of variablesIn(word)) all.set(name, variable);
  return all;
}

/** The variables with those that a schema declares typed by it: `version=1.10` stays text where text is meant. */
export function declared(
  extra: ReadonlyMap<string, ExtraVariable>,
  schemas: readonly Readonly<Record<string, unknown>>[],
): ReadonlyMap<string, ExtraVariable> {
  const typed = new Map(extra);
  for (const schema of schemas as readonly JsonSchema[]) {
    for (const [name, variable] of extra) {
      const own = below(schema, name);
      if (own) typed.set(name, { ...variable, value: typedBy(own, variable) });
    }
  }
  return typed;
}

function typedBy(schema: JsonSchema, { value, text }: ExtraVariable): unknown {
  if (text === undefined) return value;
  const types = typesOf(schema);
  const isWanted = types.includes(typeOf(value)) || (typeof value === 'number' && types.includes('number'));
  return types.includes('string') && !isWanted ? text : coerce(value, schema, () => false);
}

function variablesIn(word: string): readonly (readonly [string, ExtraVariable])[] {
  if (word.startsWith('@')) return fromYaml(readFile(word.slice(1)), word.slice(1));
  if (word.trimStart().startsWith('{')) return fromYaml(word, 'command line (-e)');
  const pair = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(word);
  if (!pair) {
    throw new FettleError('usage', {
      summary: `cannot read -e ${word}`,
      next: 'write -e name=value, -e @FILE or -e \'{"name": "value"}\'',
    });
  }
  const [, name = '', text = ''] = pair;
  // Two in one word are two variables elsewhere; here the second would be lost in the first's text.
  if (!/^(["'[{])/.test(text) && /\s[A-Za-z_]\w*=/.test(text)) {
    throw new FettleError('usage', {
      summary: `-e ${word} holds more than one variable`,
      next: `write -e for each of them; where it is one text: -e ${name}='"…"' in quotes of its own`,
    });
  }
  return [[name, { value: scalar(text), text, file: 'command line (-e)' }]];
}

/** A value as YAML reads it: `false` is a boolean, `12` a number; what is no plain scalar stays text. */
function scalar(text: string): unknown {
  if (!/^(true|false|null|~|[-+]?\d+(\.\d+)?|[[{].*|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')$/s.test(text))
    return text;
  if (/^[-+]?0\d/.test(text)) return text;
  return toValue(parseYaml(text, 'command line (-e)', 'usage').root as never);
}

function fromYaml(text: string, file: string): readonly (readonly [string, ExtraVariable])[] {
  const { root } = parseYaml(text, file, 'usage');
  const value = root === null ? {} : toValue(root);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FettleError('usage', {
      summary: `${file} must hold a map of variables`,
      next: 'write `name: value` lines',
    });
  }
  return Object.entries(value).map(([name, item]) => [name, { value: item, file }] as const);
}

function readFile(path: string): string {
  try {
    return utf8Text(readFileSync(path), path, 'usage');
  } catch (error) {
    if (error instanceof FettleError) throw error;
    throw new FettleError('usage', {
      summary: `cannot read ${path}`,
      detail: error instanceof Error ? error.message : String(error),
      next: 'give -e @FILE a file that you may read',
      cause: error,
    });
  }
}
