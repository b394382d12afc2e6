import type { ReturnCode } from './returns.ts';
import type { Handler } from './stack.ts';

/** What a module may answer, and what it leaves behind in the world that the next ones see. */
export interface Answer<World> {
  readonly code: ReturnCode;
  readonly world: World;
}

/** One way in which a stack may end. */
export interface Ending<World> {
  readonly code: ReturnCode;
  /** The line that decided it; null where none did. */
  readonly by: Handler | null;
  readonly world: World;
}

/** What became of a stack: each way in which it may end, and the lines that were come to on any of them. */
export interface Walk<World> {
  readonly endings: readonly Ending<World>[];
  readonly reached: ReadonlySet<Handler>;
  /** What each entry returned on some way, `undefined` among it where there was a way past it; for `setcred`, which follows them. */
  readonly frozen: readonly FrozenCodes[];
}

/** The codes that an entry may have returned; `undefined`: it was not come to. */
export type FrozenCodes = ReadonlySet<ReturnCode | undefined>;

/** What the walk of auth returned, which the one of setcred follows. */
export interface Frozen {
  readonly codes: readonly FrozenCodes[];
  /** What a module that is jumped from counts for: `required` in Linux-PAM, nothing in Debian's (045_pam_dispatch_jump_is_ignore). */
  readonly jumps: 'required' | 'ignored';
}

type Impression = 'undefined' | 'positive' | 'negative';

interface Standing {
  readonly impression: Impression;
  readonly status: ReturnCode;
  readonly by: number | null;
}

interface State<World> extends Standing {
  readonly at: number;
  readonly previous: number;
  /** How it stood when each substack was entered, by level. */
  readonly outer: readonly Standing[];
  readonly world: World;
}

/** What libpam returns for an entry that it cannot use, and for a stack in which nobody decides. */
const mustFail: ReturnCode = 'perm_denied';

const nobody: Standing = { impression: 'undefined', status: mustFail, by: null };

/**
 * Walks a stack as libpam does (_pam_dispatch.c: impression and status, jumps, substacks), on every way that the
 * answers of its modules leave open.
 */
export function walk<World>(
  stack: readonly Handler[],
  world: World,
  answers: (handler: Handler, world: World) => readonly Answer<World>[],
  frozen?: Frozen,
): Walk<World> {
  const endings = new Map<string, Ending<World>>();
  const reached = new Set<Handler>();
  const codes = stack.map(() => new Set<ReturnCode | undefined>());
  let isForked = false;
  const seen = new Set<string>();
  const open: State<World>[] = [{ ...nobody, at: 0, previous: 0, outer: [nobody], world }];
  for (let state = open.pop(); state; state = open.pop()) {
    const handler = stack[state.at];
    if (!handler) {
      const ending = endingOf(stack, state);
      endings.set(JSON.stringify([ending.code, state.by, ending.world]), ending);
      continue;
    }
    const key = JSON.stringify(state);
    if (seen.has(key)) continue;
    seen.add(key);
    const entered = entering(state, handler);
    if (handler.kind === 'substack') {
      open.push({ ...entered, at: state.at + 1, previous: handler.level });
      continue;
    }
    reached.add(handler);
    const given =
      handler.kind === 'fail' ? [{ code: mustFail, world: state.world }] : answers(handler, state.world);
    isForked ||= given.length > 1;
    for (const { code, world } of given) {
      codes[state.at]?.add(code);
      for (const then of frozen?.codes[state.at] ?? [code]) {
        const said = { code, cached: then ?? code, jumps: frozen?.jumps ?? 'ignored' } as const;
        open.push(stepped(stack, { ...entered, world }, handler, said));
      }
    }
  }
  // Where ways part, which of them came past an entry is not kept: either may be so.
  for (const one of codes) if (isForked || one.size === 0) one.add(undefined);
  return { endings: [...endings.values()], reached, frozen: codes };
}

/** What an entry returned now, and what it returned when the chain was frozen: that is what its control is asked with. */
interface Said {
  readonly code: ReturnCode;
  readonly cached: ReturnCode;
  readonly jumps: Frozen['jumps'];
}

/** The entry that a jump over so many modules leads to; null at the end of the stack or beyond. */
export function landingOf(stack: readonly Handler[], from: number, count: number): Handler | null {
  const { at, left } = jumped(stack, from, stack[from]?.level ?? 0, count);
  return left > 0 ? null : (stack[at + 1] ?? null);
}

function entering<World>(state: State<World>, { level }: Handler): State<World> {
  if (level <= state.previous) return state;
  const outer = [...state.outer];
  outer[level] = { impression: state.impression, status: state.status, by: state.by };
  return { ...state, outer };
}

function stepped<World>(
  stack: readonly Handler[],
  state: State<World>,
  { actions, level }: Handler,
  said: Said,
): State<World> {
  const { code, cached, jumps } = said;
  const action = actions[cached];
  const on = (standing: Standing, at = state.at): State<World> => ({
    ...state,
    ...standing,
    at: at + 1,
    previous: level,
  });
  const now: Standing = { impression: state.impression, status: state.status, by: state.by };
  const good = agreed(now, state.at, said);
  switch (action) {
    case 'ignore':
      return on(now);
    case 'reset':
      return on(state.outer[level] ?? nobody);
    case 'ok':
      return on(good);
    case 'done': {
      const isDecided = good.impression === 'positive';
      return isDecided ? on({ ...good, by: state.at }, endOf(stack, state.at, level)) : on(good);
    }
    case 'bad':
      return on(refused(now, state.at, code));
    case 'die':
      return on(refused(now, state.at, code), endOf(stack, state.at, level));
    default: {
      const landing = jumped(stack, state.at, level, action);
      const standing = jumps === 'ignored' ? now : good;
      // A jump out of the stack: "bad jump in stack".
      if (landing.left > 0) return on({ impression: 'negative', status: mustFail, by: state.at }, landing.at);
      return on(standing, landing.at);
    }
  }
}

function agreed(now: Standing, at: number, { code, cached }: Said): Standing {
  const isOpen =
    now.impression === 'undefined' || (now.impression === 'positive' && now.status === 'success');
  if (!isOpen || (code === 'ignore' && cached !== code)) return now;
  // A later one that agrees decides nothing.
  const isSame = now.impression === 'positive' && now.status === code;
  return { impression: 'positive', status: code, by: isSame ? now.by : at };
}

function refused(now: Standing, at: number, code: ReturnCode): Standing {
  if (now.impression === 'negative') return now;
  return { impression: 'negative', status: code === 'ignore' ? mustFail : code, by: at };
}

/** The last entry of the substack, or the stack, that an entry is in. */
function endOf(stack: readonly Handler[], from: number, level: number): number {
  let at = from;
  while ((stack[at + 1]?.level ?? -1) >= level) at += 1;
  return at;
}

// A substack counts as one.
function jumped(stack: readonly Handler[], from: number, level: number, count: number) {
  let at = from;
  let left = count;
  while (left > 0 && (stack[at + 1]?.level ?? -1) >= level) {
    do at += 1;
    while ((stack[at + 1]?.level ?? -1) > level);
    left -= 1;
  }
  return { at, left };
}

function endingOf<World>(stack: readonly Handler[], { impression, status, by, world }: State<World>) {
  const isCaught = status === 'success' && impression !== 'positive';
  const line = by === null ? null : (stack[by] ?? null);
  return { code: isCaught ? mustFail : status, by: line, world };
}
