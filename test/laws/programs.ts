import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whether this machine has programs that a root directory is to be given. */
export function hasPrograms(programs: readonly string[]): boolean {
  return programs.every((program) => existsSync(program));
}

/** Brings programs of this machine with their libraries to the same places in a root directory. */
export function bringPrograms(root: string, programs: readonly string[]): void {
  for (const program of programs) {
    const libraries = spawnSync('ldd', [program], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
    for (const path of [program, ...libraries]) bring(root, path);
  }
}

function bring(root: string, path: string): void {
  const at = join(root, path);
  // Busybox's link of this name leads out of the root.
  if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(at);
  if (existsSync(at)) return;
  mkdirSync(dirname(at), { recursive: true });
  copyFileSync(path, at);
}
