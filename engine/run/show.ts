import type { Change } from '../contract/change.ts';
import { Secret } from '../shell/secret.ts';
import type { ShownChange } from './events.ts';

const mask = '********';

/** A change as events carry it, secrets masked. */
export function show(change: Change): ShownChange {
  return {
    what: change.what,
    ...pathOf(change),
    before: text(change.diff.before),
    after: text(change.diff.after),
    ...('impossible' in change.undo ? { impossible: change.undo.impossible } : {}),
  };
}

/** A change of one file shows whose text it is. */
function pathOf({ touches, diff }: Change): { readonly path?: string } {
  if (touches === '*' || diff.before === diff.after) return {};
  const paths = touches.filter((key) => key.startsWith('path:'));
  const [only] = paths;
  return paths.length === 1 && only ? { path: only.slice('path:'.length) } : {};
}

function text(side: string | Secret | null): string | null {
  return side instanceof Secret ? mask : side;
}
