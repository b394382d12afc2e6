import { noted } from '../contract/change.ts';
import { lines, sh } from '../shell/script.ts';

/** Brings the notes of a transaction to the disk before anything rests on them. */
export const flushNotes = sh`sync ${noted('before')} 2>/dev/null || sync`;

/** Sets `added` and `removed` from the notes of what was installed before and afterwards, a line each, each after a newline. */
export const sayDifference = lines([
  sh`nl='
'`,
  sh`set -f`,
  sh`added="$nl$(grep -Fxv -f ${noted('before')} ${noted('after')})"`,
  sh`removed="$nl$(grep -Fxv -f ${noted('after')} ${noted('before')})"`,
]);
