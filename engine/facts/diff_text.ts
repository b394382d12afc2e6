import { sha256 } from '../contract/digest.ts';

/** Bytes as a diff shows them: text where they are UTF-8 or plain bytes of lines, else what they are. */
export function diffText(bytes: Buffer): string {
  if (bytes.includes(0)) return `(binary, ${bytes.length} bytes, sha256 ${sha256(bytes)})\n`;
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : bytes.toString('latin1');
}
