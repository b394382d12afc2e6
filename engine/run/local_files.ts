import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Local, LocalFile, LocalFolder } from '../contract/schema.ts';
import { FettleError } from '../errors.ts';
import type { Task } from '../load/playbook.ts';

const shownInDiffs = 1024 * 1024;

/** Reads the controller's files that tasks name; each once a run. */
export class LocalFiles {
  readonly #seen = new Map<string, Promise<Local>>();

  /** Replaces the arguments that the module's schema marks as local paths by what is there. */
  async resolve(task: Task, values: Record<string, unknown>): Promise<Record<string, unknown>> {
    for (const name of localArguments(task)) {
      const given = values[name];
      // A module may take a path of the host's in the same argument.
      if (typeof given !== 'string' || values['remote_src'] === true) continue;
      values[name] = await this.#find(task, name, given);
    }
    return values;
  }

  async #find(task: Task, argument: string, given: string): Promise<Local> {
    const folder = dirname(task.at.file);
    const candidates = isAbsolute(given) ? [given] : [join(folder, 'files', given), join(folder, given)];
    for (const candidate of candidates) {
      const path = resolve(candidate);
      const key = given.endsWith('/') ? `${path}/` : path;
      const seen = this.#seen.get(key);
      if (seen) return seen;
      if (await exists(path)) {
        const reading = readLocal(path, given.endsWith('/'));
        this.#seen.set(key, reading);
        return reading;
      }
    }
    throw new FettleError('playbook', {
      summary: `there is no file ${given}`,
      detail: `looked for ${candidates.join(', ')}`,
      next: 'put it there or give an absolute path',
      position: task.args.position(argument),
    });
  }
}

/** The names of a task's arguments that name files of the controller's. */
export function localArguments(task: Task): readonly string[] {
  const properties =
    (task.module.args as { properties?: Record<string, { fettle?: string }> }).properties ?? {};
  return Object.keys(properties).filter((name) => properties[name]?.fettle === 'local');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readLocal(path: string, contents: boolean): Promise<Local> {
  if (!(await stat(path)).isDirectory()) return readOne(path);
  const entries: LocalFolder['entries'][number][] = [];
  for (const name of (await readdir(path, { recursive: true })).sort()) {
    const below = join(path, name);
    const found = await lstat(below);
    if (found.isSymbolicLink()) entries.push({ kind: 'link', name, target: await readlink(below) });
    else if (found.isDirectory()) entries.push({ kind: 'folder', name, mode: modeOf(found.mode) });
    else if (found.isFile()) entries.push({ kind: 'file', name, file: await readOne(below) });
  }
  return { kind: 'folder', path, contents, entries };
}

async function readOne(path: string): Promise<LocalFile> {
  const { size, mode } = await stat(path);
  if (size <= shownInDiffs) {
    const bytes = await readFile(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { kind: 'file', path, size: bytes.length, sha256, mode: modeOf(mode), bytes };
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { kind: 'file', path, size, sha256: hash.digest('hex'), mode: modeOf(mode) };
}

function modeOf(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
