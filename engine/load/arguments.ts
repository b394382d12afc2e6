import { dirname } from 'node:path';
import type { AnyModule } from '../contract/module.ts';
import { FettleError, FettleErrors, type ErrorKind, type Position } from '../errors.ts';
import { Secret } from '../shell/secret.ts';
import type { Expression, ValueTemplate } from '../template/template.ts';
import { mapOf } from '../template/value.ts';
import { coerce, escapeKey } from './coerce.ts';
import { condition, type Fields, warnOfWord } from './fields.ts';
import { below, type JsonSchema, typesOf } from './json_schema.ts';
import { Mistakes } from './mistakes.ts';
import type { ArgumentTemplate, TemplateFile } from './playbook.ts';
import { check, type Violation } from './schema.ts';
import { templateReader } from './template_file.ts';
import { toValue, type YamlMap, type YamlNode } from './yaml_node.ts';

/**
 * A module's arguments: every text compiled, all that is known before a host is asked checked by its schema.
 * `folders` are where template files are looked for, one after the other.
 */
export function compileArguments(
  module: AnyModule,
  fields: Fields,
  at: Position,
  mistakes: Mistakes,
  folders: readonly string[] = [dirname(fields.map.from.file)],
): ArgumentTemplate {
  const schema = module.args as JsonSchema;
  const given = fields.map;
  const values = new Map<string, ValueTemplate>();
  const expressions: Record<string, Expression | readonly Expression[]> = {};
  const templates: Record<string, TemplateFile> = {};
  const read = templateReader(folders);
  for (const entry of given.entries.values()) {
    const property = schema.properties?.[entry.key];
    if (property?.fettle === 'expression') {
      const compiled = compileExpressions(entry.key, entry.value, property, fields, mistakes);
      if (compiled) expressions[entry.key] = compiled;
      continue;
    }
    if (takesAnyKey(schema) && !property) fields.checkName(entry, 'a variable');
    const value = fields.value(entry.value);
    if (value) values.set(entry.key, value);
    const path = property?.fettle === 'template' && value?.constant ? value.render(nothing) : undefined;
    const file = path ? mistakes.try(() => read(String(path), entry.value.at)) : undefined;
    if (file) templates[entry.key] = file;
  }
  const checker = new ArgumentChecker(module, given, at);
  checker.checkGiven(mistakes);
  warnOfWords(given, schema, mistakes);
  return {
    values: mapOf(values, given.at),
    expressions,
    templates,
    readTemplate: (argument, path) => read(path, given.get(argument)?.at ?? at),
    validate: (rendered) => checker.validate(rendered),
    position: (argument) => given.get(argument)?.at ?? at,
  };
}

/** Warns of each `yes` and `no` that `coerce` makes a boolean. */
function warnOfWords(given: YamlMap, schema: JsonSchema, mistakes: Mistakes): void {
  for (const { key, value } of given.entries.values()) {
    const own = below(schema, key);
    if (!own || own.fettle === 'expression') continue;
    if (value.kind === 'map') warnOfWords(value, own, mistakes);
    const types = typesOf(own);
    if (types.includes('boolean') && !types.includes('string')) warnOfWord(key, value, mistakes);
  }
}

const nothing = { get: () => undefined, has: () => false };

/** The variables that a module makes of its arguments (`set_fact`). */
export function variablesMade(module: AnyModule, given: YamlMap): readonly string[] {
  const schema = module.args as JsonSchema;
  if (!takesAnyKey(schema)) return [];
  return [...given.entries.keys()].filter((key) => !Object.hasOwn(schema.properties ?? {}, key));
}

function takesAnyKey(schema: JsonSchema): boolean {
  return schema.fettle === 'freeKeys' || schema.additionalProperties === true;
}

function compileExpressions(
  key: string,
  node: YamlNode,
  property: JsonSchema,
  fields: Fields,
  mistakes: Mistakes,
): Expression | readonly Expression[] | undefined {
  const items = node.kind === 'list' && property.anyOf ? node.items : [node];
  const compiled = items.flatMap((item) => {
    if (item.kind === 'scalar' && ['string', 'boolean'].includes(typeof item.value))
      return mistakes.try(() => condition(item)) ?? [];
    fields.wrong(key, item, property.anyOf ? 'an expression or a list of expressions' : 'an expression');
    return [];
  });
  return property.anyOf ? compiled : compiled[0];
}

class ArgumentChecker {
  readonly #module: AnyModule;
  readonly #schema: JsonSchema;
  readonly #given: YamlMap;
  readonly #at: Position;
  /** JSON pointers of the texts that hold templates. */
  readonly #templated: readonly string[];

  constructor(module: AnyModule, given: YamlMap, at: Position) {
    this.#module = module;
    this.#schema = withoutExpressions(module.args as JsonSchema);
    this.#given = given;
    this.#at = at;
    this.#templated = templatesIn(given);
  }

  /** What is wrong whatever the templates give. */
  checkGiven(mistakes: Mistakes): void {
    // A vault value has been told of by now.
    const raw = new Mistakes('playbook').try(() => this.#values());
    if (raw === undefined) return;
    const violations = check(
      this.#schema,
      coerce(raw, this.#schema, () => false),
      this.#module.name,
    );
    for (const violation of [...violations, ...this.#missingExpressions()])
      if (!this.#isOpen(violation)) mistakes.take(this.#error(violation, 'playbook'));
  }

  /** The arguments with defaults filled in. */
  validate(rendered: unknown): Record<string, unknown> {
    const secrets = new Map<string, Secret>();
    const plain = reveal(rendered, secrets);
    const values = coerce(plain, this.#schema, (path) => this.#isTemplated(path)) as Record<string, unknown>;
    const violations = check(this.#schema, values, this.#module.name);
    if (violations.length > 0)
      throw new FettleErrors(
        violations.map((violation) =>
          this.#error(violation, 'task', isWithin(violation.path, [...secrets.keys()])),
        ),
      );
    for (const [path, secret] of secrets) putBack(values, path, secret);
    return values;
  }

  #values(): Record<string, unknown> {
    const names = Object.keys(this.#schema.properties ?? {});
    const skipped = Object.keys((this.#module.args as JsonSchema).properties ?? {}).filter(
      (key) => !names.includes(key),
    );
    const entries = [...this.#given.entries.values()].filter(({ key }) => !skipped.includes(key));
    return Object.fromEntries(entries.map(({ key, value }) => [key, toValue(value)]));
  }

  #missingExpressions(): readonly Violation[] {
    const { properties, required } = this.#module.args as JsonSchema;
    return (required ?? [])
      .filter((key) => properties?.[key]?.fettle === 'expression' && !this.#given.entries.has(key))
      .map((key) => ({
        path: '',
        keyword: 'required',
        parts: { summary: `\`${this.#module.name}\` needs \`${key}\``, next: `Add \`${key}: …\`.` },
      }));
  }

  #isTemplated(path: string): boolean {
    return isWithin(path, this.#templated);
  }

  // A template below may yet make a union or a combination right.
  #isOpen({ path, keyword }: Violation): boolean {
    if (this.#isTemplated(path)) return true;
    const settled = ['additionalProperties', 'required', 'dependentRequired', 'type'].includes(keyword);
    return !settled && this.#templated.some((each) => each.startsWith(`${path}/`));
  }

  #error({ path, key, keyword, parts }: Violation, kind: ErrorKind, secret = false): FettleError {
    const node = nodeAt(this.#given, path);
    const entry = key !== undefined && node?.kind === 'map' ? node.entries.get(key) : undefined;
    const position = entry?.keyAt ?? (path === '' ? this.#at : (node?.at ?? this.#at));
    if (secret) return new FettleError(kind, { summary: parts.summary, position });
    const isNumber = node?.kind === 'scalar' && typeof node.value === 'number';
    const next =
      isNumber && parts.next === 'Put it in quotes.'
        ? `Put it in quotes: "${octal(node.source)}".`
        : parts.next;
    const free = keyword === 'additionalProperties' && path === '' ? freeForm(this.#module, key) : undefined;
    return new FettleError(kind, { ...parts, next: free ?? next, position });
  }
}

// What YAML writes 0o644 is 0644 to everything else.
function octal(source: string): string {
  return source.replace(/^0o(?=[0-7]+$)/, '0');
}

function freeForm(module: AnyModule, key: string | undefined): string | undefined {
  return key === 'free_form' && module.shorthand !== undefined ? `Write \`${module.shorthand}\`.` : undefined;
}

const reduced = new WeakMap<JsonSchema, JsonSchema>();

// Expressions are evaluated by the engine, so their text is not what the module gets.
function withoutExpressions(schema: JsonSchema): JsonSchema {
  const before = reduced.get(schema);
  if (before) return before;
  const isValue = (key: string) => schema.properties?.[key]?.fettle !== 'expression';
  const properties = Object.entries(schema.properties ?? {}).filter(([key]) => isValue(key));
  const rest = {
    ...schema,
    properties: Object.fromEntries(properties),
    required: (schema.required ?? []).filter(isValue),
  };
  reduced.set(schema, rest);
  return rest;
}

function templatesIn(node: YamlNode, path = ''): readonly string[] {
  if (node.kind === 'list') return node.items.flatMap((item, index) => templatesIn(item, `${path}/${index}`));
  if (node.kind === 'map')
    return [...node.entries.values()].flatMap(({ key, value }) =>
      templatesIn(value, `${path}/${escapeKey(key)}`),
    );
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('{{') ? [path] : [];
}

function isWithin(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(`${root}/`));
}

function nodeAt(root: YamlNode, path: string): YamlNode | undefined {
  let node: YamlNode | undefined = root;
  for (const part of path.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const next: YamlNode | undefined =
      node.kind === 'map' ? node.get(key) : node.kind === 'list' ? node.items[Number(key)] : undefined;
    // A rendered value may be deeper than what was written.
    if (!next) return node;
    node = next;
  }
  return node;
}

function reveal(value: unknown, secrets: Map<string, Secret>, path = ''): unknown {
  if (value instanceof Secret) {
    secrets.set(path, value);
    return value.reveal();
  }
  if (Array.isArray(value))
    return value.map((item: unknown, index) => reveal(item, secrets, `${path}/${index}`));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, reveal(item, secrets, `${path}/${escapeKey(key)}`)]),
  );
}

function putBack(values: Record<string, unknown>, path: string, secret: Secret): void {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop();
  let holder: unknown = values;
  for (const key of keys) holder = (holder as Record<string, unknown>)[key];
  const place = holder as Record<string, unknown>;
  // A secret that was a number or boolean for its schema is one now.
  if (last !== undefined && typeof place[last] === 'string') place[last] = secret;
}
