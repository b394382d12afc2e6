import type { Login, LoginAttempt, Outcome, Run } from '../contract/module.ts';
import { FettleError, LoginRefused } from '../errors.ts';
import type { ActFrame, FrameResult, Session } from '../transport/transport.ts';
import { loginIdentity } from './host.ts';
import { idle } from './idle.ts';
import type { PlayState } from './play_state.ts';
import { within } from './within.ts';

/** What a login that never came to a shell has for an outcome. */
const none: Outcome = { code: 255, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), timedOut: false };

/**
 * Logs in anew as often as is asked for, each time over a connection of its own, and runs the script there.
 * Gives the last outcome and what came of every attempt; the user's wish to stop ends it between two of them.
 */
export async function logIn(
  state: PlayState,
  name: string,
  run: Run,
  login: Login,
): Promise<{ readonly outcome: Outcome; readonly attempts: readonly LoginAttempt[] }> {
  const frame: ActFrame = { kind: 'act', name, script: run.script, timeout: Math.ceil(login.timeout) };
  const attempts: LoginAttempt[] = [];
  while (attempts.length < login.attempts && !state.context.interrupted()) {
    if (attempts.length > 0 && login.pause) await idle(state.context, login.pause, () => undefined);
    attempts.push(await attempt(state, login, frame));
  }
  const last = attempts.at(-1);
  return { outcome: last?.came === 'in' ? last.outcome : none, attempts };
}

async function attempt(state: PlayState, login: Login, frame: ActFrame): Promise<LoginAttempt> {
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;
  let session: Session | undefined;
  let isOver = false;
  const close = (): void => void session?.close().catch(() => undefined);
  const run = async (): Promise<FrameResult | undefined> => {
    session = await state.logIn(login);
    if (isOver) close();
    const shell = await session.shell(loginIdentity);
    return (await shell.send([frame]))[0];
  };
  try {
    const result = await within(login.timeout, run());
    const seconds = elapsed();
    if (!result) return { came: 'nowhere', seconds, why: `nothing came of it within ${login.timeout} s` };
    return { came: 'in', seconds, outcome: result };
  } catch (error) {
    if (!(error instanceof FettleError) || !mayBeTold.has(error.kind)) throw error;
    const why = [error.message, error.detail].filter(Boolean).join(': ');
    return { came: error instanceof LoginRefused ? 'refused' : 'nowhere', seconds: elapsed(), why };
  } finally {
    isOver = true;
    close();
  }
}

const mayBeTold: ReadonlySet<string> = new Set(['unreachable', 'task']);
