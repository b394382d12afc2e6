import { FettleError, type ErrorKind, type Position } from '../errors.ts';
import { offsetInSource } from './yaml_offset.ts';

/** What a YAML file holds, aliases and merge keys resolved; every node knows its place. */
export type YamlNode = YamlScalar | YamlList | YamlMap | YamlVault;

/** A file of the user's: gives the place of any character. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
  /** Told apart in errors: `playbook` or `inventory`. */
  readonly kind: ErrorKind;
  position(offset: number): Position;
}

class Placed {
  readonly from: SourceFile;
  readonly start: number;
  readonly end: number;

  constructor(from: SourceFile, range: readonly [number, number]) {
    this.from = from;
    this.start = range[0];
    this.end = range[1];
  }

  /** Where it starts. */
  get at(): Position {
    return this.from.position(this.start);
  }
}

/** A text, number, boolean or null. */
export class YamlScalar extends Placed {
  readonly kind = 'scalar';
  readonly value: string | number | boolean | null;
  /** As written, without quotes: tells `1.10` from `1.1`. */
  readonly source: string;
  /** Written without quotes and not as a block. */
  readonly plain: boolean;

  constructor(
    from: SourceFile,
    range: readonly [number, number],
    parts: { value: string | number | boolean | null; source: string; plain: boolean },
  ) {
    super(from, range);
    this.value = parts.value;
    this.source = parts.source;
    this.plain = parts.plain;
  }

  /** The place of the character at `offset` of the value, through quotes, escapes and block indentation. */
  locate(offset: number): Position {
    if (typeof this.value !== 'string') return this.at;
    const written = this.from.text.slice(this.start, this.end);
    return this.from.position(this.start + offsetInSource(written, this.value, offset));
  }
}

/** A sequence. */
export class YamlList extends Placed {
  readonly kind = 'list';
  readonly items: readonly YamlNode[];

  constructor(from: SourceFile, range: readonly [number, number], items: readonly YamlNode[]) {
    super(from, range);
    this.items = items;
  }
}

/** A key of a map: its name, its place and its value. */
export interface YamlEntry {
  readonly key: string;
  readonly keyAt: Position;
  readonly value: YamlNode;
}

/** A mapping in the order of the file. */
export class YamlMap extends Placed {
  readonly kind = 'map';
  readonly entries: ReadonlyMap<string, YamlEntry>;

  constructor(from: SourceFile, range: readonly [number, number], entries: ReadonlyMap<string, YamlEntry>) {
    super(from, range);
    this.entries = entries;
  }

  /** The value of a key. */
  get(key: string): YamlNode | undefined {
    return this.entries.get(key)?.value;
  }
}

/** A value encrypted by `ansible-vault`. */
export class YamlVault extends Placed {
  readonly kind = 'vault';

  /** Throws: such values cannot be read yet. */
  refuse(): never {
    throw new FettleError(this.from.kind, {
      summary: '`!vault` values are not supported yet',
      next: 'Give the value with -e @FILE, or decrypt it with `ansible-vault decrypt`.',
      position: this.at,
    });
  }
}

/** The node as a plain value; throws FettleError for a vault value. */
export function toValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toValue);
    case 'map':
      return Object.fromEntries([...node.entries.values()].map(({ key, value }) => [key, toValue(value)]));
    case 'vault':
      return node.refuse();
  }
}
