import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type ParsedNode,
  type YAMLMap,
} from 'yaml';
import { FettleError, FettleErrors, type ErrorKind, type ErrorParts, type Position } from '../errors.ts';
import { explainSyntax, unquotedTemplate } from './yaml_mistake.ts';
import {
  YamlList,
  YamlMap,
  YamlScalar,
  YamlVault,
  type SourceFile,
  type YamlEntry,
  type YamlNode,
} from './yaml_node.ts';

/** A parsed file; `root` is null where the file says nothing. */
export interface YamlFile extends SourceFile {
  readonly root: YamlNode | null;
}

/** Parses one YAML 1.2 document (core schema, merge keys); throws FettleErrors with every mistake it can see. */
export function parseYaml(text: string, file: string, kind: ErrorKind): YamlFile {
  const counter = new LineCounter();
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const documents = parseAllDocuments(plain, {
    lineCounter: counter,
    prettyErrors: false,
    merge: true,
    uniqueKeys: false,
    logLevel: 'error',
    // Else `!!omap`, `!!binary` and the like would become objects that no template can use.
    resolveKnownTags: false,
    customTags: [{ tag: '!vault', resolve: (value: string) => value }],
  });
  const source: SourceFile = {
    file,
    text: plain,
    kind,
    position: (offset) => positionAt(plain, file, counter, offset),
  };
  refuseControls(source);
  if (!Array.isArray(documents)) return { ...source, root: null };
  return { ...source, root: new Builder(source, documents).root() };
}

// YAML knows them only as escapes; a file full of them is none at all.
function refuseControls({ text, kind, position }: SourceFile): void {
  const at = text.search(/[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/);
  if (at < 0) return;
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  throw new FettleErrors([
    new FettleError(kind, {
      summary: `The character U+${code} cannot stand in a text file`,
      next: `Remove it; where it is meant, write it in double quotes as "\\x${code.slice(2)}".`,
      position: position(at),
    }),
  ]);
}

// Beyond this many nodes, aliases repeated included, a file is an attack or a mistake.
const largest = 5_000_000;

class Builder {
  readonly #source: SourceFile;
  readonly #documents: readonly Document<ParsedNode>[];
  readonly #anchors = new Map<string, YamlNode | 'open'>();
  readonly #sizes = new WeakMap<YamlNode, number>();
  readonly #errors: FettleError[] = [];

  constructor(source: SourceFile, documents: readonly Document<ParsedNode>[]) {
    this.#source = source;
    this.#documents = documents;
  }

  root(): YamlNode | null {
    const [document, second] = this.#documents;
    // Later errors of the parser mostly follow from the first.
    const broken = this.#documents.flatMap((each) => [...each.errors, ...each.warnings]);
    const first = broken.sort((a, b) => a.pos[0] - b.pos[0])[0];
    if (first !== undefined) {
      const { at, parts } = explainSyntax(this.#source.text, first);
      this.#fail(at, parts);
    } else if (second !== undefined) {
      this.#fail(second.range?.[0] ?? 0, {
        summary: 'A second YAML document starts here',
        next: 'Keep one document in a file: remove this `---` and what follows, or move it to a file of its own.',
      });
    }
    const contents = this.#errors.length === 0 ? document?.contents : null;
    const root = contents ? this.#node(contents) : null;
    if (this.#errors.length > 0) throw new FettleErrors(this.#errors);
    return root;
  }

  #node(node: Node): YamlNode {
    if (isAlias(node)) return this.#alias(node.source, node.range?.[0] ?? 0);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const built = this.#fresh(node);
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #fresh(node: Node): YamlNode {
    const range = [node.range?.[0] ?? 0, node.range?.[1] ?? 0] as const;
    if (node.tag === '!vault') return new YamlVault(this.#source, range);
    if (isSeq(node)) return this.#list(node.items as Node[], range);
    if (isMap(node) && isMap(node.items[0]?.key)) return this.#template(range[0]);
    if (isMap(node)) return this.#map(node, range);
    return this.#scalar(node, range);
  }

  #scalar(node: Node, range: readonly [number, number]): YamlScalar {
    const scalar = isScalar(node) ? node : undefined;
    const value = scalar?.value;
    const source = scalar?.source ?? '';
    const plain = scalar?.type === 'PLAIN' || scalar?.type === undefined;
    const parts = { value: isPlainValue(value) ? value : source, source, plain };
    if (plain && typeof value === 'number') this.#checkNumber(source, value, range[0]);
    if (plain && typeof value === 'string') this.#checkText(value, range);
    if (!isPlainValue(value))
      this.#fail(range[0], { summary: `The tag of this value is not supported`, next: 'Remove it.' });
    return new YamlScalar(this.#source, range, parts);
  }

  #checkNumber(source: string, value: number, at: number): void {
    if (/^[-+]?0\d+$/.test(source))
      this.#fail(at, {
        summary: `${source} without quotes is the number ${value}, its leading zero is lost`,
        next: `Put it in quotes: "${source}".`,
      });
    else if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source))
      this.#fail(at, {
        summary: `${source} is too large for a number, its last digits would be lost`,
        next: `Put it in quotes: "${source}".`,
      });
    // On the command line the variable's declared type decides.
    else if (this.#source.kind !== 'usage' && /^[-+]?(\d+\.\d*0|.*e.*)$/i.test(source))
      this.#fail(at, {
        summary: `${source} without quotes is the number ${value}`,
        next: `Put it in quotes: "${source}"; or write ${value}, if the number is meant.`,
      });
  }

  // What is written so is never meant so.
  #checkText(value: string, [start, end]: readonly [number, number]): void {
    const item = /\n *- /.exec(this.#source.text.slice(start, end));
    if (item)
      this.#fail(start + item.index + item[0].length - 2, {
        summary:
          'This `- ` is indented further than the items above it, and goes on the text of the last one',
        next: 'Start it in the same column as the other items; if it is text, put the whole of it in quotes.',
      });
    const quoted = /^([“”„‘’‚])(.*)[“”‘’]$/su.exec(value);
    if (quoted)
      this.#fail(start, {
        summary: `${quoted[1]} is a typographic quote, which is a letter to YAML`,
        next: `Write straight quotes: "${quoted[2]}".`,
      });
  }

  #list(nodes: readonly Node[], range: readonly [number, number]): YamlList {
    const items = nodes.map((item) => this.#node(item));
    return this.#sized(new YamlList(this.#source, range, items), items);
  }

  #map(node: YAMLMap, range: readonly [number, number]): YamlMap {
    const entries = new Map<string, YamlEntry>();
    const merged: YamlEntry[] = [];
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      if (isMerge(pair)) merged.push(...this.#merged(pair.value));
      else this.#entry(pair, entries);
    }
    for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    const values = [...entries.values()].map((entry) => entry.value);
    return this.#sized(new YamlMap(this.#source, range, entries), values);
  }

  #entry(pair: Pair<Node, Node | null>, entries: Map<string, YamlEntry>): void {
    const start = pair.key.range?.[0] ?? 0;
    const key = this.#key(pair.key, start);
    if (key === undefined) return;
    const keyAt = this.#source.position(start);
    const before = entries.get(key);
    if (before !== undefined)
      this.#fail(start, {
        summary: `\`${key}\` is given twice`,
        detail: `The first one is at ${place(before.keyAt)}.`,
        next: 'Keep one of the two.',
      });
    const value = pair.value ? this.#node(pair.value) : this.#nothing(pair.key.range?.[1] ?? start);
    entries.set(key, { key, keyAt, value });
  }

  #key(node: Node, start: number): string | undefined {
    if (!isScalar(node) || node.value === null)
      this.#fail(start, { summary: 'A key must be a word', next: 'Write `key: value`.' });
    else if (node.value === '__proto__')
      this.#fail(start, { summary: '`__proto__` is not allowed as a key', next: 'Choose another name.' });
    else return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    return undefined;
  }

  #merged(value: Node | null): readonly YamlEntry[] {
    const built = value ? this.#node(value) : null;
    const maps = built?.kind === 'list' ? built.items : built ? [built] : [];
    return maps.flatMap((map) => {
      if (map.kind === 'map') return [...map.entries.values()];
      this.#fail(map.start, { summary: '`<<` merges maps only', next: 'Write `<<: *anchor` of a map.' });
      return [];
    });
  }

  #alias(anchor: string, start: number): YamlNode {
    const found = this.#anchors.get(anchor);
    if (found !== undefined && found !== 'open') return found;
    this.#fail(start, {
      summary: found === 'open' ? `\`*${anchor}\` contains itself` : `There is no anchor \`&${anchor}\``,
      detail:
        found === 'open' ? undefined : 'A value that starts with `*` refers to an anchor `&` further up.',
      next: found === 'open' ? 'Write the value out.' : `If text is meant, put it in quotes: "*${anchor}".`,
    });
    return this.#nothing(start);
  }

  #template(start: number): YamlScalar {
    this.#fail(start, unquotedTemplate(this.#source.text, start));
    return this.#nothing(start);
  }

  #nothing(at: number): YamlScalar {
    return new YamlScalar(this.#source, [at, at], { value: null, source: '', plain: true });
  }

  #sized<Built extends YamlNode>(built: Built, parts: readonly YamlNode[]): Built {
    const size = parts.reduce((sum, part) => sum + (this.#sizes.get(part) ?? 1), 1);
    this.#sizes.set(built, size);
    if (size > largest)
      throw new FettleErrors([
        new FettleError(this.#source.kind, {
          summary: 'The aliases of this file grow into too many values',
          next: 'Use fewer `*alias` inside one another.',
          position: built.at,
        }),
      ]);
    return built;
  }

  #fail(offset: number, parts: ErrorParts): void {
    this.#errors.push(
      new FettleError(this.#source.kind, { ...parts, position: this.#source.position(offset) }),
    );
  }
}

function isMerge(pair: Pair<Node, Node | null>): boolean {
  return isScalar(pair.key) && pair.key.source === '<<' && (pair.key.type ?? 'PLAIN') === 'PLAIN';
}

function isPlainValue(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function positionAt(text: string, file: string, counter: LineCounter, offset: number): Position {
  const { line, col } = counter.linePos(offset);
  const start = counter.lineStarts[line - 1] ?? 0;
  const end = counter.lineStarts[line] ?? text.length;
  return {
    file,
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    text: text.slice(start, end).replace(/[\r\n]+$/, ''),
  };
}

function place(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`;
}
