import { readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { matchesPattern } from './known_hosts.ts';
import { splitWords } from './ssh_options.ts';

/** Lines of ssh_config under one condition. */
export interface ConfigBlock {
  /** Pattern lists of `Host` lines, all of which must fit (an Include stands within one). */
  readonly hosts: readonly (readonly string[])[];
  /** Stands under a `Match` line, whose conditions only ssh itself can judge. */
  readonly isMatch: boolean;
  readonly options: [name: string, value: string][];
}

/** Reads a configuration with what it includes (relative to `base`); [] where there is none. Names are in lower case. */
export function readSshConfig(file: string, home: string, base: string): ConfigBlock[] {
  const blocks: ConfigBlock[] = [];
  readInto(blocks, file, { home, base, depth: 0 }, { hosts: [], isMatch: false, options: [] });
  return blocks.filter(({ options }) => options.length > 0);
}

/** Whether the `Host` lines of a block fit a host. */
export function blockFits(block: ConfigBlock, host: string): boolean {
  return block.hosts.every((patterns) => patternListFits(patterns, host));
}

interface Reading {
  readonly home: string;
  readonly base: string;
  readonly depth: number;
}

function readInto(blocks: ConfigBlock[], file: string, reading: Reading, outer: ConfigBlock): void {
  if (reading.depth > 16) return;
  let block: ConfigBlock = { ...outer, options: [] };
  blocks.push(block);
  const open = (next: Omit<ConfigBlock, 'options'>): void => {
    block = { ...next, options: [] };
    blocks.push(block);
  };
  for (const [name, value] of readLines(file)) {
    const words = splitWords(value) ?? [];
    if (name === 'host') open({ hosts: [...outer.hosts, words], isMatch: outer.isMatch });
    else if (name === 'match' && /^all$/i.test(value)) open(outer);
    else if (name === 'match') open({ hosts: outer.hosts, isMatch: true });
    else if (name === 'include') {
      const inner = { ...reading, depth: reading.depth + 1 };
      for (const path of words.flatMap((word) => includedFiles(word, reading)))
        readInto(blocks, path, inner, block);
      open(block);
    } else block.options.push([name, words.length === 1 ? (words[0] ?? value) : value]);
  }
}

function readLines(file: string): [string, string][] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const parts = /^\s*([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
    return parts?.[1] === undefined || parts[2] === undefined ? [] : [[parts[1].toLowerCase(), parts[2]]];
  });
}

function includedFiles(word: string, { home, base }: Reading): string[] {
  const path = word.startsWith('~/') ? join(home, word.slice(2)) : isAbsolute(word) ? word : join(base, word);
  if (!/[*?]/.test(path)) return [path];
  const folder = dirname(path);
  const pattern = path.slice(folder.length + 1);
  try {
    const names = readdirSync(folder).filter(
      (name) => !name.startsWith('.') && matchesPattern(pattern, name),
    );
    return names.sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function patternListFits(patterns: readonly string[], host: string): boolean {
  const wanted = host.toLowerCase();
  const fits = (pattern: string): boolean => matchesPattern(pattern.toLowerCase(), wanted);
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern));
}
