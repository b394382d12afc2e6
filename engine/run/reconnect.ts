import type { Reconnect } from '../contract/module.ts';
import type { Answered } from '../contract/probe.ts';
import { FettleError } from '../errors.ts';
import type { ActFrame, FrameResult } from '../transport/transport.ts';
import { act } from './exchange.ts';
import { idle, withoutFork } from './idle.ts';
import type { PlayState } from './play_state.ts';
import { Progress } from './progress.ts';
import type { Prepared, Unit } from './unit.ts';
import { within } from './within.ts';

/** Seconds that a probe may take on the host. */
const probeTimeout = 60;

/** Seconds that even the last attempt has. */
const leastSeconds = 1;

/** Seconds beyond a script's own limit after which a connection that says nothing counts as ended. */
const silence = 5;

/** How long it took for a host to be back and what it said then, or what was seen last where the user asked to stop. */
export type Return =
  | { readonly seconds: number; readonly answer: Answered }
  | { readonly interrupted: string };

/** Where this machine is worked on there is no connection to come back over. Throws FettleError. */
export async function refuseOwnMachine(state: PlayState): Promise<void> {
  const { target } = await state.session();
  if (target.transport !== 'local') return;
  throw new FettleError('task', {
    summary: `${state.target.name} is the machine that fettle runs on, which would not come back to its work`,
    next: 'leave it out of `hosts`, or do this from another machine',
  });
}

/** Puts a reconnect's question to the host over the connection at hand. */
export async function askProbe(state: PlayState, unit: Unit, { probe }: Reconnect): Promise<Answered> {
  const { identity, module } = unit.prepared as Prepared;
  const session = await state.session();
  const shell = await session.shell(identity);
  const frame: ActFrame = { kind: 'act', name: module.name, script: probe, timeout: probeTimeout };
  const [result] = await shell.send([frame]);
  if (!result) throw new Error('the wire gave fewer results than frames');
  return { code: result.code, output: result.stdout.toString('utf8') };
}

/** Sends what may end the connection before it can say how it ended itself; it then counts as done. */
export async function sendLosing(state: PlayState, unit: Unit, frame: ActFrame): Promise<FrameResult> {
  const { identity } = unit.prepared as Prepared;
  const sent = act(state, identity, frame, new Map(), '*').catch((error: unknown) => {
    if (error instanceof FettleError && error.kind === 'unreachable') return undefined;
    throw error;
  });
  // A host that is gone at once does not end its connections.
  const result = await within(frame.timeout + silence, sent);
  const nothing = Buffer.alloc(0);
  return result ?? { code: 0, stdout: nothing, stderr: nothing, timedOut: false, truncated: false };
}

/**
 * Leaves the connection and logs in anew until the host is ready and stays so; no fork is held meanwhile. What the
 * host told before counts no more. Rejects with a FettleError `unreachable` where the time is over.
 */
export async function reconnect(
  state: PlayState,
  unit: Unit,
  wish: Reconnect,
  before: Answered | undefined,
): Promise<Return> {
  try {
    return await withoutFork(state.context, () => comeBack(state, unit, wish, before));
  } finally {
    forgetAll(state);
  }
}

/** What was seen of the host, and after how many seconds. */
interface Seen {
  readonly what: string;
  readonly after: number;
  readonly cause?: unknown;
}

async function comeBack(
  state: PlayState,
  unit: Unit,
  wish: Reconnect,
  before: Answered | undefined,
): Promise<Return> {
  const { name } = state.target;
  const progress = new Progress(state, unit, wish.timeout);
  let seen: Seen = { what: 'nothing yet', after: 0 };
  let attempts = 0;
  let readySince: number | undefined;
  const pass = (seconds: number): Promise<boolean> =>
    idle(state.context, Math.min(seconds, wish.timeout - progress.seconds), () =>
      progress.tell(`for ${name} to be back: ${seen.what}`, attempts),
    );
  const isRebooting = before !== undefined;
  leave(state, isRebooting);
  let goesOn = await pass(wish.delay);
  while (goesOn) {
    // As long as it is ready it is asked over one connection, whose end would be noticed.
    if (readySince === undefined) leave(state, isRebooting);
    attempts += 1;
    const asked = await ask(state, unit, wish, wish.timeout - progress.seconds);
    // An attempt for which there was no time says nothing of the host.
    if (asked === undefined) throw tooLate(name, wish, seen, attempts);
    const verdict = 'error' in asked ? asked.error.message : wish.ready(asked.answer, before);
    const after = progress.seconds;
    if (verdict === true && 'answer' in asked) {
      readySince ??= after;
      if (after - readySince >= wish.stable) return { seconds: after, answer: asked.answer };
      seen = { what: `it is ready, and has to stay so for ${wish.stable} s`, after };
    } else {
      readySince = undefined;
      seen = { what: verdict as string, after, ...('error' in asked ? { cause: asked.error } : {}) };
    }
    if (after >= wish.timeout) throw tooLate(name, wish, seen, attempts);
    goesOn = await pass(readySince === undefined ? wish.pause : wish.stable - (after - readySince));
  }
  return { interrupted: seen.what };
}

type Asked = { readonly answer: Answered } | { readonly error: FettleError };

/** An answer, or why there is none; undefined where the time is over first. What no waiting mends is thrown. */
async function ask(state: PlayState, unit: Unit, wish: Reconnect, left: number): Promise<Asked | undefined> {
  const isLast = left < (wish.connectTimeout ?? Infinity);
  const seconds = isLast ? Math.max(leastSeconds, left) : (wish.connectTimeout as number);
  try {
    const answer = await within(seconds, askProbe(state, unit, wish));
    if (answer) return { answer };
    if (isLast) return undefined;
    const summary = `${state.target.name} gave no answer within ${Math.round(seconds)} s`;
    return { error: new FettleError('unreachable', { summary }) };
  } catch (error) {
    const mayPass = error instanceof FettleError && (error.kind === 'unreachable' || error.kind === 'task');
    if (mayPass) return { error };
    throw error;
  }
}

/**
 * Closing takes its time where the other end is gone: nobody waits for it. A host that is only reached anew keeps the
 * connection that stands by.
 */
function leave(state: PlayState, isRebooting: boolean): void {
  if (isRebooting) state.target.disconnect().catch(() => undefined);
  else state.leave();
}

/** Nothing that was known of a host, or made of that, need still be so once it has been away. */
function forgetAll(state: PlayState): void {
  state.target.answers.forget('*');
  for (const work of [...state.works.slice(state.at + 1), ...state.workedAhead]) {
    if ('units' in work && !work.units?.some((unit) => unit.made !== undefined || unit.done))
      delete work.units;
  }
}

function tooLate(
  name: string,
  { timeout }: Reconnect,
  { what, after, cause }: Seen,
  attempts: number,
): FettleError {
  return new FettleError('unreachable', {
    summary: `${name} was not back within ${timeout} s; seen last, after ${Math.round(after)} s: ${what}`,
    detail: `attempts to log in: ${attempts}`,
    next: 'look at its console (power, boot loader, file systems, network), or give it more time',
    cause,
  });
}
