import { parentOf } from '../../contract/host_path.ts';
import { withoutComment } from './comments.ts';
import { Parameters } from './parameters.ts';
import { readRepeated } from './sequences.ts';
import { cut, madeText, type Text, textOf, trimmed } from './text.ts';

/** One file of a configuration; a character of `text` is a byte. Null where keepalived does not read it. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string | null;
}

/** A configuration with all it includes. The first file is the main one. */
export interface ConfigTree {
  readonly files: readonly ConfigFile[];
  /** What a pattern finds from a directory, in keepalived's order; undefined where that was not asked. */
  included(directory: string, pattern: string): readonly number[] | undefined;
}

/** An `include` line: its pattern, and the files that it brings in. */
export interface Included {
  readonly pattern: Text;
  readonly files: readonly number[];
}

/** What one reading of a configuration gives. */
export interface Reading {
  /** Statements and braces, in order, each of them one. */
  readonly lines: readonly Text[];
  readonly includes: readonly Included[];
  readonly problems: readonly string[];
}

/** A reading that grows beyond this is given up. */
export const mostLines = 50_000;
const deepestInclude = 40;
/** Parameters that name each other would be put in for ever. */
const mostRounds = 50;

interface Source {
  readonly file: number;
  readonly directory: string;
  readonly depth: number;
  at: number;
}

/**
 * Reads a configuration as keepalived with the given `--config-id` does: comments, conditions, parameters, sequences,
 * includes, braces. Follows lib/parser.c of 2.2.7, where a backslash goes on to the next line in definitions alone.
 */
export function readLines(tree: ConfigTree, id: string): Reading {
  return new Reader(tree, id).read();
}

class Reader {
  readonly #tree: ConfigTree;
  readonly #id: string;
  readonly #parameters: Parameters;
  readonly #sources: Source[] = [];
  /** What is to be read before the next line of a file, last first. */
  readonly #pending: (Text | { readonly set: Readonly<Record<string, string>>; readonly line: Text })[] = [];
  readonly #lines: Text[] = [];
  readonly #includes: Included[] = [];
  readonly #problems = new Set<string>();

  constructor(tree: ConfigTree, id: string) {
    this.#tree = tree;
    this.#id = id;
    this.#parameters = new Parameters((name) => this.#made(name));
  }

  read(): Reading {
    this.#open([0]);
    for (let line = this.#next(); line; line = this.#next()) {
      if (this.#lines.length > mostLines) {
        this.#problems.add(`it comes to more than ${mostLines} lines`);
        break;
      }
      this.#take(line);
    }
    return { lines: this.#lines, includes: this.#includes, problems: [...this.#problems] };
  }

  #made(name: string): string | undefined {
    const source = this.#sources.at(-1);
    if (name === '_PWD') return source?.directory;
    if (name === '_INSTANCE') return this.#id;
    if (name === '_RANDOM') return '0';
    return { _HASH: '#', _BANG: '!' }[name];
  }

  #next(): Text | undefined {
    const pending = this.#pending.pop();
    if (!pending) return this.#nextOfFile();
    if (!('set' in pending)) return pending;
    for (const [name, value] of Object.entries(pending.set)) this.#parameters.set(name, madeText(value, []));
    return pending.line;
  }

  #nextOfFile(): Text | undefined {
    for (let source = this.#sources.at(-1); source; source = this.#sources.at(-1)) {
      const whole = this.#tree.files[source.file]?.text ?? '';
      if (source.at < whole.length) {
        const newline = whole.indexOf('\n', source.at);
        const end = newline < 0 ? whole.length : newline;
        const start = source.at;
        source.at = end + 1;
        if (/^[ \t]*[#!]/.test(whole.slice(start, Math.min(end, start + 80)))) continue;
        const carriage = /\r*$/.exec(whole.slice(start, end))?.[0].length ?? 0;
        return withoutComment(textOf(source.file, whole, start, end - carriage));
      }
      this.#sources.pop();
    }
    return undefined;
  }

  #take(given: Text): void {
    let line = given;
    for (let round = 0; round < mostRounds; round += 1) {
      const meant = this.#conditional(line);
      if (!meant || meant.chars === '') return;
      line = meant;
      const defined = this.#parameters.define(line);
      if (defined) {
        if (defined !== 'whole') this.#restOf(defined);
        return;
      }
      const repeated = readRepeated(line, (chars) => this.#replaceIn(chars));
      if (repeated) {
        const rounds = repeated.rounds.map((set) => ({ set, line: repeated.rest }));
        this.#pending.push(...rounds.toReversed());
        return;
      }
      const replaced = line.chars.startsWith('~') ? null : this.#parameters.replace(line);
      if (!replaced) break;
      this.#pending.push(...replaced.more.toReversed());
      line = withoutComment(replaced.line);
    }
    if (line.chars !== '') this.#finish(line);
  }

  #finish(line: Text): void {
    if (this.#include(line)) return;
    const brace = braceIn(line.chars);
    if (brace === undefined) {
      this.#lines.push(line);
      return;
    }
    const end = brace === 0 ? 1 : brace;
    const head = trimmed(cut(line, 0, end));
    const rest = trimmed(cut(line, end));
    if (head.chars !== '') this.#lines.push(head);
    if (rest.chars !== '') this.#pending.push(rest);
  }

  #conditional(line: Text): Text | null {
    if (!line.chars.startsWith('@')) return line;
    const found = /^@(\^?)([^ \t]*)[ \t]+/.exec(line.chars);
    if (!found) return null;
    const matches = found[2] === this.#id;
    return matches !== (found[1] === '^') ? cut(line, found[0].length) : null;
  }

  #restOf(definition: { more(next: Text): boolean }): void {
    for (let next = this.#next(); next && definition.more(next); next = this.#next());
  }

  #replaceIn(chars: string): string {
    return this.#parameters.replace(madeText(chars, []))?.line.chars ?? chars;
  }

  #include(line: Text): boolean {
    const found = /^include[rmwba]?[ \t]+/.exec(line.chars);
    if (!found) return false;
    const pattern = cut(line, found[0].length);
    const source = this.#sources.at(-1);
    const directory = source?.directory ?? '/';
    const files = this.#tree.included(directory, pattern.chars);
    if (!files) this.#problems.add(`the files of \`${line.chars}\` were not looked for`);
    this.#includes.push({ pattern, files: files ?? [] });
    this.#open(files ?? []);
    return true;
  }

  // Each file is read to its end before the next, so the last one is opened first.
  #open(files: readonly number[]): void {
    const depth = (this.#sources.at(-1)?.depth ?? 0) + 1;
    for (const file of files.toReversed()) {
      const { path, text } = this.#tree.files[file] ?? { path: '', text: null };
      if (text === null) continue;
      if (depth > deepestInclude) {
        this.#problems.add(`${path} is included again and again`);
        return;
      }
      this.#sources.push({ file, directory: parentOf(path), depth, at: 0 });
    }
  }
}

/** Where the first brace is that stands in no double quotes. */
function braceIn(chars: string): number | undefined {
  if (/^[{}]/.test(chars)) return 0;
  let at = 0;
  while (at < chars.length) {
    const found = /[{}"]/.exec(chars.slice(at));
    if (!found) return undefined;
    at += found.index;
    if (found[0] !== '"') return at;
    const close = chars.indexOf('"', at + 1);
    if (close < 0) return undefined;
    at = close + 1;
  }
  return undefined;
}
