import type { Play } from '../load/playbook.ts';
import type { Secret } from '../shell/secret.ts';
import type { RunContext } from './context.ts';

type Answer = Promise<string | Secret>;

/** The questions that one play has put to the person at the terminal: each once, for all of its hosts. */
export class Prompts {
  readonly #answers = new Map<string, Answer>();
  readonly #times = new Map<string, number>();

  /** The answer to a question that stands at a place of the play: the first host that comes there asks it. */
  answer(host: string, place: string, ask: () => Answer): Answer {
    const time = (this.#times.get(`${host} ${place}`) ?? 0) + 1;
    this.#times.set(`${host} ${place}`, time);
    const name = `${place} ${time}`;
    let answer = this.#answers.get(name);
    if (!answer) this.#answers.set(name, (answer = ask()));
    return answer;
  }
}

const all = new WeakMap<RunContext, Map<Play, Prompts>>();

/** The questions of a play in a run. */
export function promptsOf(context: RunContext, play: Play): Prompts {
  const plays = all.get(context) ?? new Map<Play, Prompts>();
  all.set(context, plays);
  const prompts = plays.get(play) ?? new Prompts();
  plays.set(play, prompts);
  return prompts;
}
