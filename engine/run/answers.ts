import type { Key, Question } from '../contract/fact.ts';
import { overlaps } from './touches.ts';

/** What came of a question: its answer, or why there is none. */
export type Answer = { readonly value: unknown } | { readonly error: Error };

/** What a host has told of itself so far, by identity and question. */
export class Answers {
  readonly #known = new Map<string, { readonly question: Question; readonly answer: Answer }>();

  get(identity: string, question: Question): Answer | undefined {
    return this.#known.get(nameOf(identity, question))?.answer;
  }

  set(identity: string, question: Question, answer: Answer): void {
    this.#known.set(nameOf(identity, question), { question, answer });
  }

  /** Drops all but the answers of some facts. */
  forgetAllBut(facts: ReadonlySet<string>): void {
    for (const [name, { question }] of this.#known)
      if (!facts.has(question.fact.name)) this.#known.delete(name);
  }

  /** Drops all that a change may have altered. */
  forget(touched: readonly Key[] | '*'): void {
    if (touched === '*') {
      this.#known.clear();
      return;
    }
    for (const [name, { question }] of this.#known) {
      if (question.fact.about(question.subject).some((key) => overlaps(touched, key)))
        this.#known.delete(name);
    }
  }
}

/** Two questions are the same when their fact, its subject and the identity that asks are. */
export function nameOf(identity: string, question: Question): string {
  return `${identity}\0${idOf(question)}`;
}

const ids = new WeakMap<Question, string>();

/** The name of a question whoever asks it. */
export function idOf(question: Question): string {
  let id = ids.get(question);
  if (id === undefined) {
    id = `${question.fact.name}\0${question.fact.id(question.subject)}`;
    ids.set(question, id);
  }
  return id;
}
