import { createHash } from 'node:crypto';

/** The SHA-256 of bytes (text as UTF-8) in lower-case hex. */
export function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}
