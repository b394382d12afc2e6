import { readFileSync } from 'node:fs';
import { FettleError, type Position } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import type { Inventory } from './inventory.ts';
import { groupHosts, localNames } from './inventory_members.ts';
import { splitPort, isIpv6Pattern } from './inventory_names.ts';

/**
 * The hosts that a pattern of Ansible's selects, each once, in the order of its parts and within a part in that of
 * the inventory: names, groups, `*`, globs, `~regex`, `a:b` or `a,b`, `a:&b`, `a:!b`, `web[0]`, `web[0:2]`, `@file`.
 * Throws FettleError for a name that the inventory does not know.
 */
export function selectHosts(inventory: Inventory, pattern: string, at?: Position): string[] {
  const selector = new Selector(inventory, pattern, at);
  return selector.select(splitPattern(pattern).flatMap((part) => selector.open(part)));
}

class Selector {
  readonly #inventory: Inventory;
  readonly #whole: string;
  readonly #at: Position | undefined;

  constructor(inventory: Inventory, whole: string, at: Position | undefined) {
    this.#inventory = inventory;
    this.#whole = whole;
    this.#at = at;
  }

  /** `@FILE` stands for the patterns in it, one a line. */
  open(part: string): readonly string[] {
    if (!part.startsWith('@')) return [part];
    const file = part.slice(1);
    try {
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.filter((line) => !line.startsWith('#')).flatMap(splitPattern);
    } catch (error) {
      throw this.#mistake(`The file ${file} of the pattern cannot be read`, {
        detail: (error as Error).message,
        next: 'It holds one host or pattern a line.',
      });
    }
  }

  select(parts: readonly string[]): string[] {
    const regular = parts.filter((part) => !/^[&!]/.test(part));
    // Exclusions alone exclude from all.
    if (regular.length === 0 && parts.length > 0) regular.push('all');
    const selected = new Set(regular.flatMap((part) => this.#part(part)));
    for (const part of parts.filter((each) => each.startsWith('&'))) {
      const kept = new Set(this.#part(part.slice(1)));
      for (const host of selected) if (!kept.has(host)) selected.delete(host);
    }
    for (const part of parts.filter((each) => each.startsWith('!')))
      for (const host of this.#part(part.slice(1))) selected.delete(host);
    return [...selected];
  }

  #part(part: string): readonly string[] {
    if (this.#inventory.hosts.has(part)) return [part];
    if (part.startsWith('~')) return this.#matching(part, this.#regex(part.slice(1)));
    const [expression, subscript] = splitSubscript(part);
    return this.#subscript(this.#expression(expression), subscript, part);
  }

  #expression(expression: string): readonly string[] {
    const { hosts, groups } = this.#inventory;
    if (/[*?[]/.test(expression)) return this.#matching(expression, globPattern(expression));
    const found = groups.has(expression) ? groupHosts(this.#inventory, expression) : [];
    // As in Ansible, a name with a dot may be a host and a group at once.
    const host = hosts.has(expression) && (!groups.has(expression) || expression.includes('.'));
    if (host || groups.has(expression)) return [...new Set(host ? [...found, expression] : found)];
    if (localNames.includes(expression)) return [expression];
    throw this.#unknown(expression);
  }

  #matching(expression: string, pattern: RegExp): readonly string[] {
    if (expression === '*') return groupHosts(this.#inventory, 'all');
    const groups = [...this.#inventory.groups.keys()].filter((name) => pattern.test(name));
    const hosts = [...this.#inventory.hosts.keys()].filter((name) => pattern.test(name));
    return [...new Set([...groups.flatMap((name) => groupHosts(this.#inventory, name)), ...hosts])];
  }

  #regex(source: string): RegExp {
    try {
      // Python's named groups; a match starts at the name's first character.
      return new RegExp(`^(?:${source.replaceAll('(?P<', '(?<')})`);
    } catch (error) {
      throw this.#mistake(`\`~${source}\` is no regular expression`, {
        detail: (error as Error).message,
        next: 'Mend it; a glob such as web* needs no ~.',
      });
    }
  }

  #subscript(hosts: readonly string[], subscript: Subscript | undefined, part: string): readonly string[] {
    if (!subscript || hosts.length === 0) return hosts;
    if ('index' in subscript) {
      const host = hosts.at(subscript.index);
      if (host !== undefined) return [host];
      throw this.#mistake(`\`${part}\` asks for more than there is`, {
        detail: `There are ${hosts.length} hosts.`,
        next: `The last one is [${hosts.length - 1}] or [-1].`,
      });
    }
    return hosts.slice(subscript.first, subscript.last + 1);
  }

  #unknown(name: string): FettleError {
    const names = [...this.#inventory.groups.keys(), ...this.#inventory.hosts.keys()];
    const groups = [...this.#inventory.groups.keys()].filter((group) => group !== 'ungrouped');
    return this.#mistake(`There is no host or group \`${name}\` in the inventory`, {
      detail: `Groups: ${groups.slice(0, 20).join(', ')}${groups.length > 20 ? ', …' : ''}`,
      next: didYouMean(name, names) ?? '`fettle inventory graph` shows what there is.',
    });
  }

  #mistake(summary: string, parts: { readonly detail?: string; readonly next: string }): FettleError {
    const detail = [parts.detail, `The whole pattern: ${this.#whole}`].filter(Boolean).join('\n');
    return new FettleError('inventory', { summary, detail, next: parts.next, position: this.#at });
  }
}

type Subscript = { readonly index: number } | { readonly first: number; readonly last: number };

// Commas part patterns; colons only where there is no comma and the whole is no address such as ::1.
function splitPattern(pattern: string): readonly string[] {
  if (pattern.includes(',')) return parts(pattern.split(','));
  const [address] = splitPort(pattern);
  if (isIpv6Pattern(address)) return parts([pattern]);
  return parts(pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []);
}

function parts(found: readonly string[]): readonly string[] {
  return found.map((part) => part.trim()).filter((part) => part !== '');
}

function splitSubscript(part: string): readonly [string, Subscript | undefined] {
  const match = /^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$/.exec(part);
  if (!match) return [part, undefined];
  const [, expression = '', index, first, last] = match;
  if (index !== undefined) return [expression, { index: Number(index) }];
  return [expression, { first: Number(first), last: last ? Number(last) : Number.POSITIVE_INFINITY }];
}

/** A shell glob: `*`, `?`, `[abc]`, `[!abc]`. */
function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(
    /\*|\?|\[(!?)([^\]]+)\]|[\\^$.|+(){}[\]/]/g,
    (all, not?: string, set?: string) => {
      if (all === '*') return '.*';
      if (all === '?') return '.';
      if (set === undefined) return `\\${all}`;
      return `[${not === '!' ? '^' : ''}${set.replaceAll(/[\\^[]/g, String.raw`\$&`)}]`;
    },
  );
  return new RegExp(`^${source}$`, 's');
}
