import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip, createInflateRaw } from 'node:zlib';
import type { ArchiveEntry, ArchiveFormat, LocalArchive } from '../../contract/schema.ts';
import { findZipDirectory, readZipDirectory, type ZipEntry, zipTail } from '../../contract/zip_directory.ts';
import { TarReader } from './tar.ts';

/** What is in an archive of the controller’s; nothing is unpacked. Throws a RangeError that says what is wrong with it. */
export async function readArchive(path: string): Promise<Pick<LocalArchive, 'format' | 'entries'>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const format = await formatOf(file, size);
    const entries = format === 'zip' ? await readZip(file, path, size) : await readTar(path, format);
    return { format, entries };
  } finally {
    await file.close();
  }
}

const magics: readonly (readonly [ArchiveFormat, string])[] = [
  ['tar.gz', '1f8b'],
  ['tar.bz2', '425a68'],
  ['tar.xz', 'fd377a585a00'],
  ['tar.zst', '28b52ffd'],
  ['zip', '504b0304'],
  ['zip', '504b0506'],
];

async function formatOf(file: FileHandle, size: number): Promise<ArchiveFormat> {
  const start = (await part(file, 0, Math.min(size, 6))).toString('hex');
  const known = magics.find(([, magic]) => start.startsWith(magic))?.[0];
  if (known !== undefined) return known;
  // Something may stand before a zip archive: a program that unpacks it.
  const length = Math.min(size, zipTail);
  return findZipDirectory(await part(file, size - length, length)) ? 'zip' : 'tar';
}

const programs = { 'tar.bz2': 'bzip2', 'tar.xz': 'xz', 'tar.zst': 'zstd' } as const;

async function readTar(
  path: string,
  format: Exclude<ArchiveFormat, 'zip'>,
): Promise<readonly ArchiveEntry[]> {
  const reader = new TarReader();
  if (format === 'tar') for await (const chunk of createReadStream(path)) reader.feed(chunk as Buffer);
  else if (format === 'tar.gz') {
    const packed = createReadStream(path);
    const plain = createGunzip();
    packed.on('error', (error) => plain.destroy(error)).pipe(plain);
    try {
      for await (const chunk of plain) reader.feed(chunk as Buffer);
    } catch (error) {
      if ((error as { code?: string }).code?.startsWith('Z_'))
        throw new RangeError('its compression is damaged');
      throw error;
    }
  } else await throughProgram(programs[format], path, reader);
  return reader.end();
}

async function throughProgram(program: string, path: string, reader: TarReader): Promise<void> {
  const child = spawn(program, ['-d', '-c'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', () => reject(new RangeError(`this machine has no program ${program} to read it with`)));
  });
  // Its early end is told by its status.
  child.stdin.on('error', () => undefined);
  createReadStream(path).pipe(child.stdin);
  const reading = (async () => {
    for await (const chunk of child.stdout) reader.feed(chunk as Buffer);
  })();
  const [status] = await Promise.all([ended, reading]);
  if (status !== 0)
    throw new RangeError(`its compression is damaged (${program} ended with status ${status})`);
}

async function readZip(file: FileHandle, path: string, size: number): Promise<readonly ArchiveEntry[]> {
  const length = Math.min(size, zipTail);
  const found = findZipDirectory(await part(file, size - length, length));
  if (!found || found.at + found.size > size) throw new RangeError('its directory is missing: it is cut');
  const entries = readZipDirectory(await part(file, found.at, found.size));
  const read: ArchiveEntry[] = [];
  for (const { method, packed, offset, stamp: _stamp, ...entry } of entries) {
    if (entry.kind === 'directory' || entry.kind === 'other') read.push(entry);
    else read.push(await withContent(file, path, entry, { method, packed, offset }));
  }
  return read;
}

async function withContent(
  file: FileHandle,
  path: string,
  entry: ArchiveEntry,
  { method, packed, offset }: Pick<ZipEntry, 'method' | 'packed' | 'offset'>,
): Promise<ArchiveEntry> {
  if (method !== 0 && method !== 8)
    throw new RangeError(`${entry.name} in it is compressed in a way (${method}) that is not read`);
  const head = await part(file, offset, 30);
  if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50)
    throw new RangeError(`${entry.name} in it is damaged`);
  const start = offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let size = 0;
  if (packed > 0) {
    const raw = createReadStream(path, { start, end: start + packed - 1 });
    const plain = method === 0 ? raw : raw.pipe(createInflateRaw());
    try {
      for await (const chunk of plain) {
        hash.update(chunk as Buffer);
        size += (chunk as Buffer).length;
        if (entry.kind === 'link' && size <= 4096) kept.push(chunk as Buffer);
      }
    } catch {
      throw new RangeError(`${entry.name} in it is damaged`);
    }
  }
  if (size !== entry.size) throw new RangeError(`${entry.name} in it is damaged`);
  if (entry.kind === 'link') return { ...entry, size: 0, target: Buffer.concat(kept).toString('utf8') };
  return { ...entry, sha256: hash.digest('hex') };
}

async function part(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
