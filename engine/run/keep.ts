import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Kept } from '../contract/module.ts';
import { FettleError } from '../errors.ts';

const newMode = 0o600;

/**
 * Writes a file on the controller where its content differs, and says whether it did: beside its place first, then
 * renamed. A new one is the user's alone; one that is there keeps its mode. With `check` nothing is written.
 */
export async function keep({ path, bytes }: Kept, check: boolean): Promise<boolean> {
  try {
    const mode = await modeOf(path);
    if (mode !== undefined && bytes.equals(await readFile(path))) return false;
    if (!check) await replace(path, bytes, mode ?? newMode);
    return true;
  } catch (error) {
    throw cannotKeep(path, error as NodeJS.ErrnoException);
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replace(path: string, bytes: Buffer, mode: number): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const beside = `${folder}/.fettle-${randomBytes(8).toString('hex')}`;
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await rename(beside, path);
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
