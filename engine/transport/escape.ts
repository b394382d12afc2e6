import { Secret } from '../shell/secret.ts';
import { quote } from '../shell/script.ts';

/** The longest text that goes through the shell's own reader; bash takes half a second for a MiB. */
export const inlineLimit = 64 * 1024;

const escapes: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x5c) return '\\\\';
  const plain = (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x09;
  return plain ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`;
});

/**
 * One shell word which `printf %b` and ksh's `print` turn back into these bytes,
 * or null where it would be longer than `inlineLimit`.
 */
export function escapeBytes(bytes: Buffer): string | null {
  if (bytes.length > inlineLimit) return null;
  let text = '';
  for (const byte of bytes) text += escapes[byte];
  return text.length > inlineLimit ? null : quote(text);
}

/** The bytes themselves of data that is held in memory. */
export function bytesOf(data: Buffer | Secret): Buffer {
  return data instanceof Secret ? Buffer.from(data.reveal(), 'utf8') : data;
}
