import { sha256 } from '../contract/digest.ts';
import { joinPath, nameOf, parentOf } from '../contract/host_path.ts';
import type { ContentAnswer } from './content.ts';

/** Where a file's backup goes: beside it, with no suffix that is watched; the old content's digest keeps two apart. */
export function backupPath(real: string, now: ContentAnswer): string | undefined {
  const digest = digestOf(now);
  if (digest === undefined) return undefined;
  const name = nameOf(real);
  // A file name may have 255 bytes.
  const shown = Buffer.byteLength(name) > 240 ? [...name].slice(0, 60).join('') : name;
  return joinPath(parentOf(real), `${shown}.${digest.slice(0, 8)}~`);
}

function digestOf(now: ContentAnswer): string | undefined {
  if (now.kind === 'text') return sha256(now.bytes);
  return now.kind === 'same' || now.kind === 'large' ? now.sha256 : undefined;
}
