import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Local, LocalArchive, LocalCommand, LocalFile, LocalFolder } from '../contract/schema.ts';
import { FettleError } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import { Secret } from '../shell/secret.ts';
import { splitWords } from '../shell/words.ts';
import { readArchive } from './archive/read_archive.ts';

const shownInDiffs = 1024 * 1024;

/** Reads the controller's files that tasks name; each once a run. */
export class LocalFiles {
  readonly #seen = new Map<string, Promise<Local>>();
  readonly #archives = new Map<string, ReturnType<typeof readArchive>>();

  /** Replaces the arguments that the module's schema marks as the controller's by what is there. */
  async resolve(task: Task, values: Record<string, unknown>): Promise<Record<string, unknown>> {
    for (const name of markedArguments(task, ['local'])) {
      const given = values[name];
      // A module may take a path of the host's in the same argument.
      if (given === undefined || values['remote_src'] === true) continue;
      values[name] = await this.#find(task, name, shownText(task, name, given));
    }
    for (const name of markedArguments(task, ['localArchive'])) {
      const given = values[name];
      if (given === undefined || values['remote_src'] === true) continue;
      values[name] = await this.#archive(task, name, shownText(task, name, given));
    }
    for (const name of markedArguments(task, ['localCommand']))
      if (values[name] !== undefined) values[name] = await this.#command(task, name, values[name]);
    for (const name of markedArguments(task, ['localOutput']))
      if (values[name] !== undefined) values[name] = outputPath(task, shownText(task, name, values[name]));
    return values;
  }

  async #command(task: Task, argument: string, given: unknown): Promise<LocalCommand> {
    const [path, ...words] = wordsOf(task, argument, shownText(task, argument, given));
    const file = await this.#find(task, argument, path ?? '');
    if (file.kind === 'file') return { file, words };
    throw wrong(task, argument, `${path} is a folder, not a file to be run`, 'name the file in it');
  }

  async #archive(task: Task, argument: string, given: string): Promise<LocalArchive> {
    const file = await this.#find(task, argument, given);
    if (file.kind === 'folder')
      throw wrong(task, argument, `${given} is a folder, not an archive`, 'name an archive, or use `copy`');
    const reading = this.#archives.get(file.path) ?? readArchive(file.path);
    this.#archives.set(file.path, reading);
    try {
      return { kind: 'archive', file, ...(await reading) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw wrong(
        task,
        argument,
        `${given} cannot be unpacked: ${error.message}`,
        'see `tar -tvf` or `unzip -v`',
      );
    }
  }

  async #find(task: Task, argument: string, given: string): Promise<Local> {
    const candidates = isAbsolute(given)
      ? [given]
      : foldersOf(task).flatMap((folder) => [join(folder, 'files', given), join(folder, given)]);
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

/** The names of a task's arguments that name files of the controller's to be read. */
export function localArguments(task: Task): readonly string[] {
  return markedArguments(task, ['local', 'localArchive', 'localCommand']);
}

/** The names of a task's arguments that its module's schema marks so. */
export function markedArguments(task: Task, marks: readonly string[]): readonly string[] {
  const properties =
    (task.module.args as { properties?: Record<string, { fettle?: string }> }).properties ?? {};
  return Object.keys(properties).filter((name) => marks.includes(properties[name]?.fettle ?? ''));
}

function foldersOf({ folders, at }: Task): readonly string[] {
  return folders.length > 0 ? folders : [dirname(at.file)];
}

function outputPath(task: Task, given: string): string {
  const path = resolve(foldersOf(task).at(-1) as string, given);
  return given.endsWith('/') && path !== '/' ? `${path}/` : path;
}

function wordsOf(task: Task, argument: string, text: string): readonly string[] {
  try {
    const words = splitWords(text);
    if (words[0]) return words;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const why = `\`${argument}\` cannot be split into words: ${error.message}`;
    throw wrong(task, argument, why, 'close the quote, or put a backslash before it');
  }
  throw wrong(
    task,
    argument,
    `\`${argument}\` names no file`,
    'write the path of a file and what it is given',
  );
}

// Where a file lies and what it is given is told in records and process lists.
function shownText(task: Task, argument: string, value: unknown): string {
  if (!(value instanceof Secret)) return String(value);
  throw wrong(
    task,
    argument,
    `\`${argument}\` is secret, and would be seen`,
    'hand a secret over by `stdin` or `environment`',
  );
}

function wrong(task: Task, argument: string, summary: string, next: string): FettleError {
  return new FettleError('task', { summary, next, position: task.args.position(argument) });
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
