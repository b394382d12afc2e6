import type { Look, Seen } from '../../facts/keepalived.ts';
import type { ConfigFile, ConfigTree } from './read_lines.ts';

/** What was looked at as a configuration: the main file first, then every file that some pattern found. */
export function treeOf(config: string, look: Look): ConfigTree {
  const paths = [...new Set([config, ...look.includes.flatMap(({ files }) => files)])];
  const numbers = new Map(paths.map((path, index) => [path, index]));
  const found = new Map(
    look.includes.map(({ directory, pattern, files }) => [
      key(directory, pattern),
      files.flatMap((file) => numbers.get(file) ?? []),
    ]),
  );
  return {
    files: paths.map((path) => fileOf(path, seenAt(look, path), path === config)),
    included: (directory, pattern) => found.get(key(directory, pattern)),
  };
}

/** What was seen at a path of the host. */
export function seenAt(look: Look, path: string): Seen | undefined {
  return look.seen.find((one) => one.path === path);
}

/** The bytes of a configuration as text of the host: a character may have several bytes. */
export function hostText(chars: string): string {
  return Buffer.from(chars, 'latin1').toString('utf8');
}

/** Whether keepalived 2 skips a file of the configuration: one that may be executed. (lib/parser.c, check_glob_file) */
export function isSkipped(seen: Seen | undefined): boolean {
  return (Number.parseInt(seen?.followed.mode ?? '0', 8) & 0o111) !== 0;
}

// The main file is read here even so: what it says is still to be told.
function fileOf(path: string, seen: Seen | undefined, isMain: boolean): ConfigFile {
  const isRead = isMain || !isSkipped(seen);
  return { path, text: isRead && isPath(path) ? (seen?.bytes?.toString('latin1') ?? null) : null };
}

/** Whether a path is UTF-8, and so the same on its way back to the host. */
export function isPath(path: string): boolean {
  return !path.includes('\ufffd');
}

function key(directory: string, pattern: string): string {
  return `${directory}\0${hostText(pattern)}`;
}
