import { below, type Fact, Unsettled } from '../contract/fact.ts';
import { parentOf } from '../contract/host_path.ts';
import { type Attributes, lastingAttributes, parseAttributes } from './attributes.ts';
import type { PresentPath } from './path.ts';
import { sha256 } from '../contract/digest.ts';
import { askKeepalived, type KeepalivedSubject, toldLimit } from './keepalived_script.ts';

/** A path that the configuration names, or that lies beside such ones. */
export interface Seen {
  readonly path: string;
  readonly at: PresentPath;
  /** Where it leads to in the end; itself where it is no link and lies below none. */
  readonly real: string;
  /** What it is with links followed. */
  readonly followed: Attributes;
  /** Told of files that are not programs of the system. */
  readonly sha256?: string;
  /** Told up to a size. */
  readonly bytes?: Buffer;
}

/** What there is of a configuration and its scripts. */
export interface Look {
  readonly seen: readonly Seen[];
  readonly includes: readonly {
    readonly directory: string;
    readonly pattern: string;
    readonly files: readonly string[];
  }[];
  /** The directories above everything that was seen, and above where scripts are to be; links are told as such. */
  readonly above: ReadonlyMap<string, Attributes>;
  readonly program: { readonly path: string; readonly version: string } | null;
  readonly node: string;
  /** Numbers of users that the configuration may name. */
  readonly users: ReadonlyMap<string, number>;
}

/** The configuration of keepalived, everything that it includes, and the scripts that it may name. */
export const keepalived: Fact<KeepalivedSubject, Look> = {
  name: 'keepalived',
  id: ({ config, directory, user }) => `${config} ${directory} ${user}`,
  about: ({ config, directory }) => [
    `path:${config}`,
    below(parentOf(config)),
    below(directory),
    'path:/etc/passwd',
  ],
  ask: (subjects) => askKeepalived(subjects[0] as KeepalivedSubject),
  parse: (output, _subjects, code) => [parseLook(output, code)],
  lasting: lastingLook,
  chunk: 1,
};

function parseLook(output: Buffer, code: number): Look {
  if (code === 75) throw new Unsettled('a file went away while it was looked at');
  const { tokens, end } = tokensOf(output);
  const all = (kind: string) => tokens.filter(([letter]) => letter === kind).map(([, text = '']) => text);
  const numbers = (kind: string) => all(kind).map(Number);
  const [paths, reals, directories] = [all('p'), all('r'), all('a')];
  if (reals.length !== paths.length) throw new Unsettled('a link went away while it was looked at');

  const hashed = numbers('s');
  const lines = 2 * paths.length + directories.length + hashed.length;
  const { rows, at: start } = rowsFrom(output, end, paths.length > 0 ? lines : 0);
  const told = rows.slice(0, 2 * paths.length + directories.length);
  const attributes = parseAttributes(told.map((row) => `${row}\n`).join(''), told.length);
  const followed = attributes.slice(paths.length, 2 * paths.length);
  const hashes = rows.slice(told.length).map((row) => /^\\?([0-9a-f]{64}) /.exec(row)?.[1] ?? '');

  const { contents, at } = contentsFrom(output, start, numbers('t'), followed);
  const again = output.toString('latin1', at);
  const before = rows
    .slice(paths.length, 2 * paths.length)
    .map((row) => `${row}\n`)
    .join('');
  if (again !== Buffer.from(before, 'utf8').toString('latin1'))
    throw new Unsettled('a file changed while it was read');
  return {
    seen: paths.map((path, index) => {
      const content = contents.get(index);
      const hash = hashes[hashed.indexOf(index)];
      return {
        path,
        at: presentPath(
          attributes[index] as Attributes,
          followed[index] as Attributes,
          reals[index] as string,
        ),
        real: reals[index] as string,
        followed: followed[index] as Attributes,
        ...(hash === undefined ? {} : { sha256: hash }),
        ...(content === undefined ? {} : { bytes: content }),
      };
    }),
    includes: tokens.flatMap(([letter, directory = '', pattern = '', ...files]) =>
      letter === 'i' ? [{ directory: directory.replace(/(?<=.)\/$/, ''), pattern, files }] : [],
    ),
    above: new Map(
      directories.map((path, index) => [path, attributes[2 * paths.length + index] as Attributes]),
    ),
    program: programOf(all('k')[0]),
    node: (all('h')[0] ?? '').replace(/\..*/, ''),
    users: usersOf(all('u')[0] ?? ''),
  };
}

// Every token is a letter and a string; an include has as many as it has files, then an empty one.
function tokensOf(output: Buffer): { readonly tokens: readonly (readonly string[])[]; readonly end: number } {
  const tokens: string[][] = [];
  let at = 0;
  const next = () => {
    const end = output.indexOf(0, at);
    if (end < 0) throw new Unsettled('the look at the configuration was cut short');
    const text = output.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  for (let letter = next(); letter !== 'e'; letter = next()) {
    const token = [letter, next()];
    if (letter === 'i') {
      token.push(next());
      for (let file = next(); file !== ''; file = next()) token.push(file);
    }
    tokens.push(token);
  }
  return { tokens, end: at };
}

function rowsFrom(output: Buffer, from: number, count: number) {
  const rows: string[] = [];
  let at = from;
  while (rows.length < count) {
    const end = output.indexOf('\n', at);
    if (end < 0) throw new Unsettled('a path went away while it was looked at');
    rows.push(output.toString('utf8', at, end));
    at = end + 1;
  }
  return { rows, at };
}

function contentsFrom(
  output: Buffer,
  from: number,
  told: readonly number[],
  followed: readonly Attributes[],
) {
  const contents = new Map<number, Buffer>();
  let at = from;
  for (const index of told) {
    const size = followed[index]?.size ?? 0;
    contents.set(index, output.subarray(at, at + size));
    at += size;
  }
  return { contents, at };
}

function presentPath(own: Attributes, followed: Attributes, real: string): PresentPath {
  return own.kind === 'link' ? { ...own, real, followed } : own;
}

/** "/usr/sbin/keepalived Keepalived v2.2.7 (01/16,2022)" */
function programOf(line: string | undefined): Look['program'] {
  const found = /^(\S+) .*?v(\d+(?:\.\d+)*)/.exec(line ?? '');
  return found ? { path: found[1] as string, version: found[2] as string } : null;
}

function usersOf(lines: string): ReadonlyMap<string, number> {
  const entries = lines.split('\n').map((line) => line.split(':'));
  return new Map(entries.flatMap(([name, , uid]) => (name && uid ? [[name, Number(uid)] as const] : [])));
}

function lastingLook({ seen, includes }: Look): unknown {
  return {
    includes,
    seen: seen.map(({ path, at, real, followed, sha256: hash, bytes }) => ({
      path,
      real,
      at: lastingAttributes(at),
      followed: lastingAttributes(followed),
      sha256: hash ?? (bytes && bytes.length <= toldLimit ? sha256(bytes) : null),
    })),
  };
}
