import type { Change, Prediction } from '../contract/change.ts';
import type { Key, Question } from '../contract/fact.ts';
import { idOf } from './answers.ts';
import { overlaps } from './touches.ts';

/** A step that check mode did not make. */
export interface Pending {
  readonly step: number;
  readonly touches: readonly Key[] | '*';
  /** It may change more than it names. */
  readonly opaque: boolean;
  readonly predictions: readonly Prediction[];
  /** There was nothing before it. */
  readonly creates: boolean;
}

/** What check mode knows of a question: nothing new, an answer that is certain, or that a step must come first. */
export type Foreseen =
  | { readonly kind: 'as seen' }
  | { readonly kind: 'predicted'; readonly answer: unknown }
  | { readonly kind: 'later'; readonly step: number };

/** The changes that check mode has shown and not made, and what they will make of later answers. */
export class Overlay {
  readonly #pending: Pending[] = [];
  /** The last opaque step (`command`, a package), which may change more than it names. */
  opaque: number | undefined;

  get last(): number | undefined {
    return this.#pending.at(-1)?.step;
  }

  add(step: number, changes: readonly Change[]): void {
    for (const change of changes) {
      const opaque = change.touches === '*' || change.opaque === true;
      if (opaque) this.opaque = step;
      this.#pending.push({
        step,
        touches: change.touches,
        opaque,
        predictions: change.predicts ?? [],
        creates: change.diff.before === null,
      });
    }
  }

  /** The last step that would change any of it. */
  changing(about: readonly Key[] | '*'): number | undefined {
    if (about === '*') return this.last;
    const isOf = ({ opaque, touches }: Pending) => opaque || about.some((key) => overlaps(touches, key));
    return this.#pending.findLast(isOf)?.step;
  }

  foresee(question: Question): Foreseen {
    const about = question.fact.about(question.subject);
    for (const pending of this.#pending.toReversed()) {
      if (pending.touches === '*' || !about.some((key) => overlaps(pending.touches, key))) continue;
      const answer = predicted(pending, question, about);
      return answer === undefined ? { kind: 'later', step: pending.step } : { kind: 'predicted', answer };
    }
    return { kind: 'as seen' };
  }
}

function predicted(pending: Pending, question: Question, about: readonly Key[]): unknown {
  const { fact, subject } = question;
  const exact = pending.predictions.find(
    (prediction) => prediction.fact === fact && idOf(prediction) === idOf(question),
  );
  if (exact) return exact.answer;
  for (const prediction of pending.predictions) {
    if (prediction.fact !== fact) continue;
    if (fact.restate && prediction.fact.about(prediction.subject).join('\0') === about.join('\0')) {
      const answer = fact.restate(prediction.answer, subject);
      if (answer !== undefined) return answer;
    }
  }
  return fact.under && pending.creates ? underNewDirectory(pending, question) : undefined;
}

/** Below a directory that was absent and is about to be made, everything is absent. */
function underNewDirectory(pending: Pending, { fact, subject }: Question): unknown {
  const key = fact.about(subject)[0];
  if (!key?.startsWith('path:') || pending.touches === '*') return undefined;
  const ancestors = pending.touches.filter((touched) => overlaps([touched], key) && touched !== key);
  const nearest = ancestors.sort((a, b) => b.length - a.length)[0];
  return nearest && fact.under?.(subject, nearest.slice('path:'.length));
}
