import type { PlayState } from './play_state.ts';
import { worksOf, type MetaWork, type Work } from './works.ts';

const lastFlush = Number.MAX_SAFE_INTEGER - 4;

/** Where the gate's tasks stand in every play. */
export const gatePlace = lastFlush + 2;

/** The next work of a host: its steps, then what is due at the end of a play. */
export function nextWork(state: PlayState): Work | undefined {
  for (;;) {
    const { current } = state.list;
    if (current) return current;
    const [next, ...rest] = state.closing;
    if (next === undefined) return undefined;
    state.closing = rest;
    if (next === 'flush' && mayFlush(state))
      state.list.append([meta('flush_handlers', rest.length > 0 ? lastFlush : gatePlace + 1)]);
    if (next === 'gate' && state.play.gate.length > 0 && !state.failure && !state.isEnding)
      state.list.append([
        meta('meet', gatePlace - 1),
        ...worksOf(state.play.gate, { place: [gatePlace], path: [], outer: new Map() }),
      ]);
  }
}

/** Handlers of a host that failed run only where they are forced to, and never where the host cannot be reached. */
function mayFlush({ notified, failure, lost, play }: PlayState): boolean {
  return notified.size > 0 && !lost && (!failure || play.forceHandlers);
}

function meta(action: MetaWork['meta']['action'], place: number): MetaWork {
  return {
    kind: 'meta',
    meta: { action },
    step: 0,
    place: [place],
    path: [],
    outer: new Map(),
    position: -1,
  };
}
