import type { Change } from '../contract/change.ts';
import { Secret } from '../shell/secret.ts';
import type { ShownChange } from './events.ts';

const mask = '********';

/** A change as events carry it, secrets masked. */
export function show(change: Change): ShownChange {
  return {
    what: change.what,
    ...pathOf(change.diff),
    before: text(change.diff.before),
    after: text(change.diff.after),
    ...('impossible' in change.undo ? { impossible: change.undo.impossible } : {}),
  };
}

/** A file whose content stays as it is (only its mode changes) has no difference to stand above. */
function pathOf({ before, after, file }: Change['diff']): { readonly path?: string } {
  return file === undefined || before === after ? {} : { path: file };
}

function text(side: string | Secret | null): string | null {
  return side instanceof Secret ? mask : side;
}
