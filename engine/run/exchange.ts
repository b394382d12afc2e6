import { FettleError } from '../errors.ts';
import type { ActFrame, FrameResult, Identity } from '../transport/transport.ts';
import { inquire, Questions } from './gather.ts';
import { loginIdentity } from './host.ts';
import type { ByIdentity } from './lookahead.ts';
import type { PlayState } from './play_state.ts';
import { turn } from './turns.ts';

const mostTries = 4;

/** Asks each identity its questions, all at the same time; questions that the host moved under are asked again. */
export async function look(state: PlayState, asked: ByIdentity): Promise<void> {
  await Promise.all([...asked.values()].map((questions) => lookAs(state, questions)));
}

/** Sends a change or command, and in the same send asks its identity what is in `asked`. */
export async function act(
  state: PlayState,
  identity: Identity,
  frame: ActFrame,
  asked: ByIdentity,
  touches: readonly `${string}:${string}`[] | '*',
): Promise<FrameResult> {
  const session = await state.session();
  const shell = await session.shell(identity);
  const own = inquire(asked.get(identity.key) ?? new Questions(identity), state.context.scripts);
  const facts = inquire(hostFactsBeside(state, identity, asked), state.context.scripts);
  const [result, ...answers] = await shell.send([frame, ...own.frames, ...facts.frames]);
  await turn();
  state.target.answers.forget(touches);
  const again = own.read(answers.slice(0, own.frames.length), state.target.answers);
  facts.read(answers.slice(own.frames.length), state.target.answers);
  await lookAs(state, questionsOf(identity, again));
  if (!result) throw new Error('the wire gave fewer results than frames');
  return result;
}

/** Facts about the host itself are the same whoever asks, so they need no send of their own. */
function hostFactsBeside(state: PlayState, identity: Identity, asked: ByIdentity): Questions {
  const login = asked.get(loginIdentity.key);
  if (!login || identity.key === loginIdentity.key) return new Questions(loginIdentity);
  const names = state.hostFactNames;
  return questionsOf(
    loginIdentity,
    login.list.filter(({ fact }) => names.has(fact.name)),
  );
}

async function lookAs(state: PlayState, first: Questions): Promise<void> {
  let questions = first;
  for (let tries = 1; questions.size > 0; tries += 1) {
    try {
      const session = await state.session();
      const shell = await session.shell(questions.identity);
      const inquiry = inquire(questions, state.context.scripts);
      const answers = await shell.send(inquiry.frames);
      await turn();
      const again = inquiry.read(answers, state.target.answers);
      if (again.length > 0 && tries >= mostTries) {
        refuse(state, questionsOf(questions.identity, again), restless(again[0]?.fact.name ?? ''));
        return;
      }
      questions = questionsOf(questions.identity, again);
    } catch (error) {
      // An identity that cannot be had fails the tasks that need it, and no others.
      if (!(error instanceof FettleError) || error.kind === 'unreachable') throw error;
      refuse(state, questions, error);
      return;
    }
  }
}

function refuse(state: PlayState, questions: Questions, error: Error): void {
  for (const question of questions.list)
    state.target.answers.set(questions.identity.key, question, { error });
}

function restless(fact: string): FettleError {
  return new FettleError('task', {
    summary: `the host kept changing while it was looked at (question "${fact}", ${mostTries} times)`,
    next: 'stop what writes there, or run again',
  });
}

function questionsOf(identity: Identity, list: Questions['list']): Questions {
  const questions = new Questions(identity);
  for (const question of list) questions.add(question);
  return questions;
}
