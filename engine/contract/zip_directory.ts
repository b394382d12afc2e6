import type { ArchiveEntry } from './schema.ts';

/** An entry with what is needed to read its content. */
export interface ZipEntry extends ArchiveEntry {
  readonly method: number;
  readonly packed: number;
  /** Where its local header is. */
  readonly offset: number;
  /** The time that it bears for certain, or else its local one read as UTC; seconds since 1970. */
  readonly stamp: number;
}

const tail = 22;

/** How many bytes from the end of a file are looked at for its directory's place (the comment has at most 65,535). */
export const zipTail = tail + 65_535;

/** Where the directory of a zip archive is, from the last bytes of the file; null where it is none. */
export function findZipDirectory(end: Buffer): { readonly at: number; readonly size: number } | null {
  for (let at = end.length - tail; at >= 0; at -= 1) {
    if (end.readUInt32LE(at) !== 0x06054b50 || end.readUInt16LE(at + 20) !== end.length - at - tail) continue;
    const found = { at: end.readUInt32LE(at + 16), size: end.readUInt32LE(at + 12) };
    if (found.at === 0xffffffff || end.readUInt16LE(at + 10) === 0xffff)
      throw new RangeError('it is a zip archive of more than 4 GiB or 65,534 entries, which are not read');
    return found;
  }
  return null;
}

/** The entries of a zip archive's directory. Throws a RangeError. Source: PKWARE's APPNOTE, 4.3.12 and 4.5. */
export function readZipDirectory(directory: Buffer): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at < directory.length; ) {
    if (directory.length < at + 46 || directory.readUInt32LE(at) !== 0x02014b50)
      throw new RangeError('its directory is damaged');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      directory.readUInt16LE(at + field),
    ) as [number, number, number];
    const raw = directory.subarray(at + 46, at + 46 + nameLength);
    const name = raw.toString('utf8');
    if (!Buffer.from(name, 'utf8').equals(raw)) throw new RangeError(`the name ${name} in it is no UTF-8`);
    if ((directory.readUInt16LE(at + 8) & 1) !== 0) throw new RangeError(`${name} in it is encrypted`);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const size = directory.readUInt32LE(at + 24);
    const packed = directory.readUInt32LE(at + 20);
    if (size === 0xffffffff || packed === 0xffffffff)
      throw new RangeError(`${name} in it has 4 GiB or more, which is not read`);
    // The upper byte says who made it: 3 is Unix, and the upper half of the attributes is then its mode.
    const isUnix = directory[at + 5] === 3;
    const bits = isUnix ? directory.readUInt32LE(at + 38) >>> 16 : 0;
    const kind = kindOf(name, bits);
    const mtime = timeOf(extra);
    entries.push({
      name,
      kind,
      mode:
        bits === 0 ? (kind === 'directory' ? '0755' : '0644') : (bits & 0o7777).toString(8).padStart(4, '0'),
      size: kind === 'file' || kind === 'link' ? size : 0,
      ...(mtime === undefined ? {} : { mtime }),
      method: directory.readUInt16LE(at + 10),
      packed,
      offset: directory.readUInt32LE(at + 42),
      stamp: mtime ?? dosTime(directory.readUInt16LE(at + 14), directory.readUInt16LE(at + 12)),
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

function kindOf(name: string, bits: number): ArchiveEntry['kind'] {
  switch (bits >> 12) {
    case 0o12:
      return 'link';
    case 0o04:
      return 'directory';
    case 0:
    case 0o10:
      return name.endsWith('/') ? 'directory' : 'file';
    default:
      return 'other';
  }
}

/** Info-ZIP's extra field "UT"; the time of the entry itself is local, nobody knows where. */
function timeOf(extra: Buffer): number | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const isTime = extra.readUInt16LE(at) === 0x5455 && extra.readUInt16LE(at + 2) >= 5;
    if (isTime && at + 9 <= extra.length && ((extra[at + 4] ?? 0) & 1) !== 0)
      return extra.readInt32LE(at + 5);
  }
  return undefined;
}

/** MS-DOS' date and time, to two seconds: APPNOTE, 4.4.6. */
function dosTime(date: number, time: number): number {
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1000;
}
