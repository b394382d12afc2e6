import type { Change } from '../contract/change.ts';
import { Secret } from '../shell/secret.ts';
import type { ShownChange } from './events.ts';

const mask = '********';

/** A change as events carry it, secrets masked. */
export function show(change: Change): ShownChange {
  return {
    what: change.what,
    before: text(change.diff.before),
    after: text(change.diff.after),
    ...('impossible' in change.undo ? { impossible: change.undo.impossible } : {}),
  };
}

function text(side: string | Secret | null): string | null {
  return side instanceof Secret ? mask : side;
}
