import type { RunContext } from './context.ts';

type Answer = 'yes' | 'no' | 'continue';

/** `--step`: asks before each task whether it is to be done, once for all hosts that come to it. */
export class Stepper {
  readonly #ask: NonNullable<RunContext['ask']>;
  readonly #answers = new Map<string, Promise<Answer>>();
  #goesOn = false;

  constructor(ask: NonNullable<RunContext['ask']>) {
    this.#ask = ask;
  }

  /** Whether a task is to be done; hosts that know it by one key get one answer. Anything but y and c is a no. */
  async isWanted(key: string, name: string): Promise<boolean> {
    let answer = this.#answers.get(key);
    if (!answer) this.#answers.set(key, (answer = this.#goesOn ? Promise.resolve('yes') : this.#put(name)));
    return (await answer) !== 'no';
  }

  async #put(name: string): Promise<Answer> {
    const typed = String(await this.#ask(`Perform task: ${name} (N)o/(y)es/(c)ontinue`, true));
    const word = typed.trim().toLowerCase();
    if (word !== 'c' && word !== 'continue') return word === 'y' || word === 'yes' ? 'yes' : 'no';
    this.#goesOn = true;
    return 'continue';
  }
}
