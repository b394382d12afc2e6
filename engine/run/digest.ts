import { sha256 } from '../contract/digest.ts';
import type { Question } from '../contract/fact.ts';

/** The digest of what an undo must give back, over all answers of a probe. */
export function digestOf(questions: readonly Question[], answers: readonly unknown[]): string {
  const lasting = questions.map(({ fact, subject }, index) =>
    fact.lasting ? fact.lasting(answers[index], subject) : answers[index],
  );
  return sha256(JSON.stringify(lasting, bytesAsDigest));
}

/** JSON would spell out a Buffer byte by byte. */
function bytesAsDigest(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const own = this[key];
  return Buffer.isBuffer(own) ? sha256(own) : value;
}
