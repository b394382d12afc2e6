import type { Blob } from '../contract/change.ts';
import { sha256 } from '../contract/digest.ts';
import { Secret } from '../shell/secret.ts';
import { diffText } from './diff_text.ts';

/** What a file should hold: bytes that are known here, or a file that is streamed or lies on the host. */
export type NewContent =
  | { readonly kind: 'bytes'; readonly bytes: Buffer | Secret }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly size: number;
      readonly sha256: string;
      readonly bytes?: Buffer;
    }
  | {
      readonly kind: 'host';
      readonly path: string;
      readonly size: number;
      readonly sha256: string;
      readonly bytes?: Buffer;
    };

/** The SHA-256 of new content. */
export function sha256Of(made: NewContent): string {
  if (made.kind !== 'bytes') return made.sha256;
  return sha256(made.bytes instanceof Secret ? made.bytes.reveal() : made.bytes);
}

/** Its length in bytes. */
export function sizeOf(made: NewContent): number {
  if (made.kind !== 'bytes') return made.size;
  return made.bytes instanceof Secret ? Buffer.byteLength(made.bytes.reveal()) : made.bytes.length;
}

/** It as what a change sends along. */
export function blobOf(made: Exclude<NewContent, { kind: 'host' }>): Blob {
  if (made.kind === 'file') return { kind: 'file', path: made.path, size: made.size };
  return { kind: 'bytes', bytes: made.bytes };
}

/** It as a diff shows it, a secret one by its size. */
export function shownNew(made: NewContent): string {
  if (made.bytes && !(made.bytes instanceof Secret)) return diffText(made.bytes);
  return `(${sizeOf(made)} bytes, sha256 ${sha256Of(made)})\n`;
}
