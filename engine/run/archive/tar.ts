import { createHash, type Hash } from 'node:crypto';
import type { ArchiveEntry } from '../../contract/schema.ts';

const block = 512;

/**
 * Reads a tar archive as it comes, POSIX pax and GNU's long names included, and hashes its files.
 * Throws a RangeError for what is no such archive. Sources: POSIX pax, tar(5) of libarchive.
 */
export class TarReader {
  readonly entries: ArchiveEntry[] = [];
  #rest = Buffer.alloc(0);
  #ended = false;
  /** Bytes of the present entry that are still to come, padding included. */
  #left = 0;
  #padding = 0;
  #hash: Hash | undefined;
  #kept: Buffer[] | undefined;
  #current: Omit<ArchiveEntry, 'sha256'> | undefined;
  #special = '';
  /** What headers ahead of an entry say of it. */
  #ahead: Record<string, string> = {};

  feed(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (!this.#ended) {
      if (this.#left > 0) {
        const part = bytes.subarray(0, this.#left);
        this.#take(part);
        this.#left -= part.length;
        bytes = bytes.subarray(part.length);
        if (this.#left > 0) break;
        this.#finish();
      } else {
        if (bytes.length < block) break;
        this.#header(bytes.subarray(0, block));
        bytes = bytes.subarray(block);
      }
    }
    this.#rest = this.#ended ? Buffer.alloc(0) : Buffer.from(bytes);
  }

  /** The archive is over; throws where it is cut. */
  end(): readonly ArchiveEntry[] {
    if (this.#left > 0 || this.#rest.length > 0) throw new RangeError('it ends in the middle of a file');
    return this.entries;
  }

  #header(head: Buffer): void {
    if (head.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    let sum = 8 * 0x20;
    head.forEach((byte, index) => {
      if (index < 148 || index >= 156) sum += byte;
    });
    if (sum !== number(head, 148, 8))
      throw new RangeError('a header of it is damaged, or it is no tar archive');
    const type = String.fromCharCode(head[156] ?? 0);
    const isUstar = text(head, 257, 6) === 'ustar' && head[262] === 0;
    const prefix = isUstar ? text(head, 345, 155) : '';
    const short = text(head, 0, 100);
    const ahead = 'LKxg'.includes(type) ? {} : this.#ahead;
    const name = ahead['path'] ?? (prefix === '' ? short : `${prefix}/${short}`);
    const kind = kindOf(type, name);
    const told = ahead['size'] === undefined ? number(head, 124, 12) : Number(ahead['size']);
    const size = 'LKxg'.includes(type) || kind === 'file' ? told : 0;
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('a size in it is none');
    this.#special = 'LKxg'.includes(type) ? type : '';
    this.#current = {
      name,
      kind,
      mode: (number(head, 100, 8) & 0o7777).toString(8).padStart(4, '0'),
      size,
      mtime: Math.floor(ahead['mtime'] === undefined ? number(head, 136, 12) : Number(ahead['mtime'])),
      ...(kind === 'link' || kind === 'hardlink'
        ? { target: ahead['linkpath'] ?? text(head, 157, 100) }
        : {}),
    };
    if (type === 'S' || ahead['GNU.sparse.major'] !== undefined || ahead['GNU.sparse.map'] !== undefined)
      throw new RangeError(`${name} in it is stored as a sparse file, which is not read`);
    this.#hash = this.#special === '' && kind === 'file' ? createHash('sha256') : undefined;
    this.#kept = this.#special === '' ? undefined : [];
    this.#padding = (block - (size % block)) % block;
    this.#left = size + this.#padding;
    if (this.#left === 0) this.#finish();
  }

  #take(part: Buffer): void {
    const own = part.subarray(0, Math.max(0, this.#left - this.#padding));
    this.#hash?.update(own);
    this.#kept?.push(Buffer.from(own));
  }

  #finish(): void {
    if (this.#special !== '') {
      const bytes = Buffer.concat(this.#kept ?? []);
      if (this.#special === 'L') this.#ahead['path'] = text(bytes, 0, bytes.length);
      else if (this.#special === 'K') this.#ahead['linkpath'] = text(bytes, 0, bytes.length);
      else if (this.#special === 'x') Object.assign(this.#ahead, records(bytes));
    } else if (this.#current) {
      const sha256 = this.#hash?.digest('hex');
      this.entries.push({ ...this.#current, ...(sha256 === undefined ? {} : { sha256 }) });
      this.#ahead = {};
    }
    this.#current = undefined;
  }
}

function kindOf(type: string, name: string): ArchiveEntry['kind'] {
  switch (type) {
    case '1':
      return 'hardlink';
    case '2':
      return 'link';
    case '5':
      return 'directory';
    case '3':
    case '4':
    case '6':
      return 'other';
    default:
      // The oldest archives tell a directory by its name alone.
      return name.endsWith('/') ? 'directory' : 'file';
  }
}

/** Text up to a NUL; a name that is no UTF-8 cannot be said again. */
function text(bytes: Buffer, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  const own = end < 0 ? field : field.subarray(0, end);
  const said = own.toString('utf8');
  if (!Buffer.from(said, 'utf8').equals(own)) throw new RangeError(`the name ${said} in it is no UTF-8`);
  return said;
}

/** Octal digits, or GNU's binary numbers, whose first bit is set. */
function number(bytes: Buffer, at: number, length: number): number {
  const first = bytes[at] ?? 0;
  if ((first & 0x80) !== 0)
    return [...bytes.subarray(at + 1, at + length)].reduce((value, byte) => value * 256 + byte, first & 0x7f);
  const digits = bytes
    .toString('latin1', at, at + length)
    .replace(/[\0 ]+.*$/s, '')
    .trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** "LENGTH KEY=VALUE\n" each. */
function records(bytes: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const length = Number(/^\d+/.exec(bytes.toString('latin1', at, at + 20))?.[0]);
    if (!(length > 0)) throw new RangeError('an extended header of it is damaged');
    const record = text(bytes, at, length - 1);
    const [, key = '', value = ''] = /^\d+ ([^=]*)=(.*)$/s.exec(record) ?? [];
    found[key] = value;
    at += length;
  }
  return found;
}
