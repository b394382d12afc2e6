import type { ASTNode } from '@marcbachmann/cel-js';

/** A name with a path of fixed or named keys: `hostvars[inventory_hostname].rc`. */
export interface Chain {
  readonly root: string;
  readonly path: readonly (string | Chain)[];
  readonly start: number;
  readonly end: number;
  /** It stands within `defined(…)` or `default(…)`. */
  readonly optional: boolean;
  /** By what name the rewritten expression asks for it. */
  readonly as: string;
}

/** An expression in which each chain of names is one name, of the same length so that places stay right. */
export interface Rewritten {
  readonly source: string;
  readonly chains: readonly Chain[];
}

/**
 * Gathers the names that an expression uses and gives each chain a name of its own. `isTaken` tells the names of
 * CEL's types; they mean the variables of these names, but where the expression asks for a `type(…)`.
 */
export function rewriteNames(source: string, ast: ASTNode, isTaken: (name: string) => boolean): Rewritten {
  const finder = new Finder(source, isTaken);
  finder.walk(ast, new Set(), false);
  let text = source;
  for (const { start, end, as, root } of finder.chains)
    if (as !== root)
      text = text.slice(0, start) + as + blank(source.slice(start + as.length, end)) + text.slice(end);
  return { source: text, chains: finder.chains };
}

const binders = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

class Finder {
  readonly chains: Chain[] = [];
  readonly #source: string;
  readonly #isTaken: (name: string) => boolean;
  readonly #asksForTypes: boolean;
  #count = 0;

  constructor(source: string, isTaken: (name: string) => boolean) {
    this.#source = source;
    this.#isTaken = isTaken;
    this.#asksForTypes = /\btype\s*\(/.test(source);
  }

  walk(node: ASTNode, bound: ReadonlySet<string>, optional: boolean): void {
    const chain = this.#chain(node, bound, optional);
    if (chain) {
      this.#take(chain);
      return;
    }
    switch (node.op) {
      case 'value':
      case 'id':
        return;
      case '.':
      case '.?':
        return this.walk(node.args[0], bound, optional);
      case 'call':
        return this.#call(node.args[0], node.args[1], bound, optional);
      case 'rcall':
        return this.#method(node.args, bound, optional);
      case 'map':
        return node.args.forEach(([key, value]) => {
          this.walk(key, bound, optional);
          this.walk(value, bound, optional);
        });
      case '!_':
      case '-_':
        return this.walk(node.args, bound, optional);
      default:
        return (node.args as readonly ASTNode[]).forEach((part) => this.walk(part, bound, optional));
    }
  }

  #call(name: string, args: readonly ASTNode[], bound: ReadonlySet<string>, optional: boolean): void {
    // `has` insists on seeing the field itself.
    if (name === 'has' && args[0]) return this.#rootOnly(args[0], bound);
    args.forEach((arg, index) =>
      this.walk(arg, bound, optional || (index === 0 && (name === 'defined' || name === 'default'))),
    );
  }

  #method(
    [name, receiver, args]: [string, ASTNode, ASTNode[]],
    bound: ReadonlySet<string>,
    optional: boolean,
  ): void {
    const isBind = name === 'bind' && receiver.op === 'id' && receiver.args === 'cel';
    if (!isBind) this.walk(receiver, bound, optional);
    const variable = args[0];
    const binds = binders.has(name) || isBind;
    if (!binds || variable?.op !== 'id') return args.forEach((arg) => this.walk(arg, bound, optional));
    const inner = new Set([...bound, variable.args]);
    args.slice(1).forEach((arg) => this.walk(arg, inner, optional));
  }

  #rootOnly(node: ASTNode, bound: ReadonlySet<string>): void {
    if (node.op === '.') return this.#rootOnly(node.args[0], bound);
    this.walk(node, bound, false);
  }

  #chain(node: ASTNode, bound: ReadonlySet<string>, optional: boolean): Chain | undefined {
    const { start, end } = node;
    if (node.op === 'id') {
      if (bound.has(node.args) || (this.#asksForTypes && this.#isTaken(node.args))) return undefined;
      return { root: node.args, path: [], start, end, optional, as: node.args };
    }
    if (node.op !== '.' && node.op !== '[]') return undefined;
    // A parenthesis or comment within would not survive being rewritten.
    if (/[()/]/.test(this.#source.slice(start, end))) return undefined;
    const before = this.#chain(node.args[0], bound, optional);
    const step = node.op === '.' ? node.args[1] : this.#key(node.args[1], bound, optional);
    return before && step !== undefined
      ? { ...before, path: [...before.path, step], start, end, as: '' }
      : undefined;
  }

  #key(node: ASTNode, bound: ReadonlySet<string>, optional: boolean): string | Chain | undefined {
    if (node.op !== 'value') return this.#chain(node, bound, optional);
    if (typeof node.args === 'bigint' && node.args >= 0n) return String(node.args);
    return typeof node.args === 'string' ? node.args : undefined;
  }

  #take(chain: Chain): void {
    const keeps = chain.path.length === 0 && !this.#isTaken(chain.root);
    this.chains.push(keeps ? chain : { ...chain, as: this.#fresh() });
  }

  // `a.b` is the shortest chain, so three letters must do.
  #fresh(): string {
    let name: string;
    do name = `_${(this.#count++).toString(36)}`;
    while (this.#source.includes(name));
    return name;
  }
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
