import type { Wait } from '../contract/module.ts';
import { FettleError } from '../errors.ts';
import type { Secret } from '../shell/secret.ts';
import { idle, withoutFork } from './idle.ts';
import type { PlayState } from './play_state.ts';
import { Progress } from './progress.ts';
import { promptsOf } from './prompts.ts';
import type { Unit } from './unit.ts';

/** What `register` holds of a wait; undefined where the user asked to stop. */
export type Waited = { readonly delta: number; readonly user_input: string | Secret } | undefined;

/** Waits on the controller, no fork being held meanwhile. Throws FettleError where there is nobody to ask. */
export async function waitFor(state: PlayState, unit: Unit, wait: Wait): Promise<Waited> {
  return withoutFork(state.context, async () => {
    const progress = new Progress(state, unit, 'seconds' in wait ? wait.seconds : undefined);
    const answer =
      'seconds' in wait ? await pass(state, wait.seconds, progress) : await ask(state, unit, wait, progress);
    return answer === undefined ? undefined : { delta: Math.floor(progress.seconds), user_input: answer };
  });
}

/** What check mode says of a wait. */
export function wouldWait(wait: Wait): string {
  return 'seconds' in wait ? `would wait ${wait.seconds} s` : `would ask: ${wait.prompt}`;
}

async function pass(
  { context }: PlayState,
  seconds: number,
  progress: Progress,
): Promise<string | undefined> {
  return (await idle(context, seconds, () => progress.tell('a pause'))) ? '' : undefined;
}

async function ask(
  state: PlayState,
  unit: Unit,
  { prompt, echo }: Extract<Wait, { readonly prompt: string }>,
  progress: Progress,
): Promise<string | Secret | undefined> {
  const { context, host, play } = state;
  const put = context.ask;
  if (!put) throw nobodyThere(prompt);
  const { file, line, column } = unit.work.task.at;
  progress.tell('for an answer at the terminal');
  try {
    const place = `${file}:${line}:${column} ${unit.label ?? ''}`;
    return await promptsOf(context, play).answer(host.name, place, () => put(prompt, echo ?? true));
  } catch (error) {
    if (context.interrupted()) return undefined;
    throw error;
  }
}

function nobodyThere(prompt: string): FettleError {
  return new FettleError('task', {
    summary: `it asks “${prompt}”, and there is no terminal at which somebody could answer`,
    next: 'run it from a terminal, give it `seconds` in place of a question, or leave the task out (`when`, --skip-tags)',
  });
}
