import { didYouMean } from '../template/closest.ts';
import { compileCondition } from '../template/condition.ts';
import type { Expression, ValueTemplate } from '../template/template.ts';
import { compileValue, constant } from '../template/value.ts';
import type { Mistakes } from './mistakes.ts';
import { wrongName } from './reserved_names.ts';
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './yaml_node.ts';

/** Reads the keys of one map of a playbook; what is wrong goes to the mistakes, and the value is left out. */
export class Fields {
  readonly map: YamlMap;
  readonly #mistakes: Mistakes;

  constructor(map: YamlMap, mistakes: Mistakes) {
    this.map = map;
    this.#mistakes = mistakes;
  }

  /** true or false; `yes` and `no` are taken. */
  boolean(key: string): boolean | undefined {
    const node = this.map.get(key);
    if (!node) return undefined;
    const value = asBoolean(node);
    if (value === undefined && isTemplate(node))
      this.#mistakes.add(node.at, {
        summary: `\`${key}\` must be true or false, and cannot hang on a variable`,
        next: 'Write `true` or `false`; for some hosts only, make two tasks with `when:`.',
      });
    else if (value === undefined) this.wrong(key, node, 'true or false');
    else warnOfWord(key, node, this.#mistakes);
    return value;
  }

  /** One of a few words. */
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const node = this.map.get(key);
    if (!node) return undefined;
    const found = node.kind === 'scalar' && choices.find((choice) => choice === node.value);
    if (found) return found;
    const given = node.kind === 'scalar' ? String(node.value) : '';
    this.#mistakes.add(node.at, {
      summary: `\`${key}\` must be ${choices.join(' or ')}`,
      next: didYouMean(given, choices) ?? 'Write one of these.',
    });
    return undefined;
  }

  /** A whole number above zero. */
  seconds(key: string): number | undefined {
    const node = this.map.get(key);
    if (!node) return undefined;
    if (node.kind === 'scalar' && Number.isInteger(node.value) && (node.value as number) > 0)
      return node.value as number;
    this.wrong(key, node, 'a whole number of seconds, 1 or more');
    return undefined;
  }

  /** A number that `fits`; `wanted` says which. */
  number(key: string, wanted: string, fits: (value: number) => boolean): number | undefined {
    const node = this.map.get(key);
    if (!node) return undefined;
    const isNumber = node.kind === 'scalar' && typeof node.value === 'number';
    if (isNumber && fits(node.value as number)) return node.value as number;
    if (isNumber)
      this.#mistakes.add(node.at, {
        summary: `\`${key}\` must be ${wanted}`,
        next: `This is ${node.source}.`,
      });
    else this.wrong(key, node, wanted);
    return undefined;
  }

  /** The same, or a template that gives one. */
  numberOrTemplate(key: string, wanted: string, fits: (value: number) => boolean): ValueTemplate | undefined {
    const node = this.map.get(key);
    const isTemplate = node?.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('{{');
    if (node && isTemplate) return this.value(node);
    const number = this.number(key, `${wanted}, or a template that gives one`, fits);
    return node && number !== undefined ? constant(number, node.at) : undefined;
  }

  /** A text, in which templates may stand. */
  text(key: string): ValueTemplate | undefined {
    const node = this.map.get(key);
    if (!node) return undefined;
    if (isText(node)) return this.value(node);
    this.wrong(key, node, 'a text');
    return undefined;
  }

  /** A text or a list of texts. */
  texts(key: string): readonly ValueTemplate[] {
    return this.#scalars(key, 'a text or a list of texts', isText).flatMap((node) => this.value(node) ?? []);
  }

  /** A text without templates or a list of them. */
  words(key: string): readonly string[] {
    const isWord = (node: YamlNode) => isText(node) && !String(node.value).includes('{{');
    return this.#scalars(key, 'a text or a list of texts, without templates', isWord).map((node) =>
      String(node.value),
    );
  }

  /** A map whose values may hold templates. */
  mapping(key: string): ValueTemplate | undefined {
    const node = this.map.get(key);
    if (!node) return undefined;
    if (node.kind === 'map') return this.value(node);
    this.wrong(key, node, 'a map: `NAME: value` lines, indented');
    return undefined;
  }

  /** Variables with the names checked. */
  variables(key: string): Readonly<Record<string, ValueTemplate>> {
    const node = this.map.get(key);
    if (!node || (node.kind === 'scalar' && node.value === null)) return {};
    if (node.kind === 'map') return this.variablesOf(node);
    this.wrong(key, node, 'a map of variables: `name: value` lines, indented');
    return {};
  }

  /** Every key of a map as a variable. */
  variablesOf(node: YamlMap): Readonly<Record<string, ValueTemplate>> {
    const variables: Record<string, ValueTemplate> = {};
    for (const entry of node.entries.values()) {
      this.checkName(entry, 'a variable');
      const value = this.value(entry.value);
      if (value) variables[entry.key] = value;
    }
    return variables;
  }

  /** The name of a variable to be made. */
  name(key: string, what: string): string | undefined {
    const node = this.map.get(key);
    if (!node) return undefined;
    const name = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
    if (name === undefined) {
      this.wrong(key, node, 'a name');
      return undefined;
    }
    const wrong = wrongName(name, what);
    if (!wrong) return name;
    this.#mistakes.add(node.at, wrong);
    return undefined;
  }

  /** A condition, or a list of conditions that must all hold. */
  conditions(key: string): readonly Expression[] {
    return this.#scalars(key, 'a condition or a list of conditions', isCondition).flatMap(
      (node) => this.#mistakes.try(() => condition(node)) ?? [],
    );
  }

  value(node: YamlNode): ValueTemplate | undefined {
    return this.#mistakes.try(() => compileValue(node));
  }

  checkName(entry: YamlEntry, what: string): void {
    const wrong = wrongName(entry.key, what);
    if (wrong) this.#mistakes.add(entry.keyAt, wrong);
  }

  wrong(key: string, node: YamlNode, wanted: string): void {
    this.#mistakes.add(node.at, {
      summary: `\`${key}\` must be ${wanted}`,
      next: `This is ${kindOf(node)}.`,
    });
  }

  #scalars(key: string, wanted: string, fits: (node: YamlScalar) => boolean): readonly YamlScalar[] {
    const node = this.map.get(key);
    if (!node) return [];
    const items = node.kind === 'list' ? node.items : [node];
    return items.flatMap((item) => {
      if (item.kind === 'scalar' && fits(item)) return [item];
      this.wrong(key, item, wanted);
      return [];
    });
  }
}

/** Says of `yes`, `no`, `on` and `off` where a boolean is meant that they are taken as one. */
export function warnOfWord(key: string, node: YamlNode, mistakes: Mistakes): void {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return;
  const value = wordAsBoolean(node.value);
  if (value === undefined) return;
  mistakes.warn(node.at, {
    summary: `\`${key}: ${node.source}\` is taken as ${value}`,
    next: `Write \`${key}: ${value}\`; elsewhere \`${node.source}\` is a text.`,
  });
}

/** What a value is, in words. */
export function kindOf(node: YamlNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'vault') return 'a vault value';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return node.value.includes('{{') ? 'a template' : 'a text';
  return typeof node.value === 'number' ? 'a number' : 'a boolean';
}

/** A condition; `yes` and `no` without quotes are booleans here. */
export function condition(node: YamlScalar): Expression {
  const value = asBoolean(node) ?? String(node.value);
  return compileCondition(value, node.at, (offset) => node.locate(offset));
}

function asBoolean(node: YamlNode): boolean | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (typeof node.value === 'boolean') return node.value;
  if (!node.plain || typeof node.value !== 'string') return undefined;
  return wordAsBoolean(node.value);
}

function wordAsBoolean(word: string): boolean | undefined {
  if (/^(yes|on)$/i.test(word)) return true;
  return /^(no|off)$/i.test(word) ? false : undefined;
}

function isTemplate(node: YamlNode): boolean {
  return isText(node) && String(node.value).includes('{{');
}

function isText(node: YamlNode): node is YamlScalar {
  return node.kind === 'scalar' && typeof node.value === 'string';
}

function isCondition(node: YamlScalar): boolean {
  return typeof node.value === 'string' || typeof node.value === 'boolean';
}
