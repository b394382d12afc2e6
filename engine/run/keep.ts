import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Kept, Pieces } from '../contract/module.ts';
import { FettleError } from '../errors.ts';
import type { Script } from '../shell/script.ts';

const newMode = 0o600;

/** What a script on the host prints; throws a FettleError where it could not be run to its end. */
export type Bring = (script: Script) => Promise<Buffer>;

/**
 * Writes a file on the controller where its content differs, and says whether it did: beside its place first, then
 * renamed. A new one is the user's alone; one that is there keeps its mode. With `check` nothing is written, nor brought.
 */
export async function keep({ path, bytes }: Kept, check: boolean, bring: Bring): Promise<boolean> {
  try {
    const mode = await modeOf(path);
    if (mode !== undefined && (await isSame(path, bytes))) return false;
    if (check) return true;
    return await replace(path, mode ?? newMode, (file) =>
      Buffer.isBuffer(bytes) ? file.writeFile(bytes).then(() => true) : writePieces(file, path, bytes, bring),
    );
  } catch (error) {
    if (error instanceof FettleError) throw error;
    throw cannotKeep(path, error as NodeJS.ErrnoException);
  }
}

async function isSame(path: string, bytes: Buffer | Pieces): Promise<boolean> {
  if (Buffer.isBuffer(bytes)) return bytes.equals(await readFile(path));
  if ((await stat(path)).size !== bytes.size || bytes.sha256 === null) return false;
  return (await sumOf(path)) === bytes.sha256;
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Says whether the file at the path is another one. Throws a FettleError where what came is not what was told. */
async function writePieces(file: FileHandle, path: string, pieces: Pieces, bring: Bring): Promise<boolean> {
  const hash = createHash('sha256');
  let size = 0;
  for (let index = 0; index < pieces.count; index += 1) {
    const piece = await bring(pieces.script(index));
    hash.update(piece);
    size += piece.length;
    await file.writeFile(piece);
  }
  const sum = hash.digest('hex');
  if (size !== pieces.size || (pieces.sha256 ?? sum) !== sum)
    throw new FettleError('task', {
      summary: pieces.moved,
      next: 'fetch one that stands still: a log that was rotated, or a copy of it',
    });
  return pieces.sha256 !== null || (await modeOf(path)) === undefined || (await sumOf(path)) !== sum;
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Puts into place what `write` has written, unless it says that it is the same; says whether it did. */
async function replace(
  path: string,
  mode: number,
  write: (file: FileHandle) => Promise<boolean>,
): Promise<boolean> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const beside = `${folder}/.fettle-${randomBytes(8).toString('hex')}`;
  try {
    const file = await open(beside, 'wx', mode);
    let differs: boolean;
    try {
      differs = await write(file);
    } finally {
      await file.close();
    }
    if (differs) await rename(beside, path);
    else await rm(beside);
    return differs;
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

function cannotKeep(path: string, error: NodeJS.ErrnoException): FettleError {
  const next: Readonly<Record<string, string>> = {
    EACCES: 'give a place that you may write to',
    EPERM: 'give a place that you may write to',
    EROFS: 'give a place that you may write to',
    ENOSPC: 'make room on that file system',
    EDQUOT: 'make room on that file system',
    EISDIR: 'there is a directory: give the file within it a name',
    ENOTDIR: 'a part of that path is a file: give another path',
    EEXIST: 'a part of that path is a file: give another path',
    ENAMETOOLONG: 'give a shorter path',
  };
  return new FettleError('task', {
    summary: `cannot write ${path} on this machine`,
    detail: error.message,
    next: next[error.code ?? ''] ?? 'see whether that place can be written to',
    cause: error,
  });
}
