import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { quote } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import { asSecret, plain, textOf, Unusable } from './output.ts';

/** A function that texts can call: `{{join names ","}}`. */
export interface Helper {
  /** Shown when it is called wrongly. */
  readonly usage: string;
  /** How many arguments it takes. */
  readonly takes: readonly [least: number, most: number];
  /** Its first argument may be a name that is not defined: it is undefined then. */
  readonly optional?: true;
  /** Throws Unusable. */
  run(args: readonly unknown[]): unknown;
}

/** Every helper by its name. */
export const helpers: ReadonlyMap<string, Helper> = new Map<string, Helper>([
  ['default', { usage: 'default name "else"', takes: [2, 2], optional: true, run: ([a, b]) => a ?? b }],
  ['defined', { usage: 'defined name', takes: [1, 1], optional: true, run: ([a]) => a !== undefined }],
  ['first', { usage: 'first list', takes: [1, 1], run: ([list]) => end(list, 0) }],
  ['last', { usage: 'last list', takes: [1, 1], run: ([list]) => end(list, -1) }],
  ['lookup', { usage: 'lookup map key', takes: [2, 2], run: ([map, key]) => lookup(map, key) }],
  ['eq', { usage: 'eq a b', takes: [2, 2], run: revealed((a, b) => isDeepStrictEqual(a, b)) }],
  ['dict2items', { usage: 'dict2items map', takes: [1, 1], run: ([map]) => items(map) }],
  ['length', { usage: 'length list', takes: [1, 1], run: revealed(size) }],
  ['join', { usage: 'join list ", "', takes: [1, 2], run: revealed(join) }],
  ['split', { usage: 'split text ","', takes: [2, 2], run: onText((text, by) => text.split(String(by))) }],
  ['lower', { usage: 'lower text', takes: [1, 1], run: onText((text) => text.toLowerCase()) }],
  ['upper', { usage: 'upper text', takes: [1, 1], run: onText((text) => text.toUpperCase()) }],
  ['basename', { usage: 'basename path', takes: [1, 1], run: onText((path) => posix.basename(path)) }],
  ['dirname', { usage: 'dirname path', takes: [1, 1], run: onText((path) => posix.dirname(path)) }],
  [
    'replace',
    {
      usage: 'replace text "from" "to"',
      takes: [3, 3],
      // A function, since `$&` in a replacement would be read as a pattern.
      run: onText((text, from, to) => text.replaceAll(String(from), () => String(to))),
    },
  ],
  ['json', { usage: 'json value', takes: [1, 1], run: revealed((value) => JSON.stringify(value)) }],
  ['quote', { usage: 'quote text', takes: [1, 1], run: onText(quote) }],
  ['b64encode', { usage: 'b64encode text', takes: [1, 1], run: onText(base64) }],
]);

/** The blocks that texts may use: `{{#if name}}…{{/if}}`. */
export const blockNames = ['if', 'unless', 'each', 'with'] as const;

/** Names that no variable may have, since a text would take them for a helper or block. */
export const helperNames: readonly string[] = [...helpers.keys(), ...blockNames, 'else', 'this'].sort();

// The result of a secret argument is secret.
function revealed(compute: (...args: readonly unknown[]) => unknown): Helper['run'] {
  return (args) => {
    const seen = plain(args);
    const result = compute(...(seen.value as unknown[]));
    return seen.secret ? asSecret(result) : result;
  };
}

function onText(compute: (text: string, ...rest: readonly unknown[]) => unknown): Helper['run'] {
  return revealed((first, ...rest) => compute(textOf(first) as string, ...rest));
}

function end(list: unknown, index: number): unknown {
  if (!Array.isArray(list)) throw new Unusable('takes a list');
  if (list.length === 0)
    throw new Unusable('finds nothing: the list is empty', 'Test it: `{{#if list}}…{{/if}}`.');
  return list.at(index) as unknown;
}

function lookup(map: unknown, key: unknown): unknown {
  if (typeof map !== 'object' || map === null) throw new Unusable('takes a map or a list');
  const name = String(textOf(key));
  return Object.hasOwn(map, name) ? (map as Record<string, unknown>)[name] : undefined;
}

// With the names that Ansible gives them. Secrets among the values stay what they are.
function items(map: unknown): unknown {
  if (typeof map !== 'object' || map === null || Array.isArray(map) || map instanceof Secret)
    throw new Unusable('takes a map');
  return Object.entries(map).map(([key, value]: [string, unknown]) => ({ key, value }));
}

function size(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new Unusable('takes a list, a map or a text');
}

function join(list: unknown, by: unknown = ', '): string {
  if (!Array.isArray(list)) throw new Unusable('takes a list');
  return list.map((item) => textOf(item) as string).join(String(by));
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
