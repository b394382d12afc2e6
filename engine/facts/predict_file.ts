import { predict, type Prediction } from '../contract/change.ts';
import { Secret } from '../shell/secret.ts';
import type { Attributes } from './attributes.ts';
import { content, type ContentAnswer } from './content.ts';
import { type NewContent, sha256Of } from './new_content.ts';
import { path, type PathAnswer } from './path.ts';

/** What later questions on a path, and on the file behind it, will be told once the file is written. */
export function predictFile(
  given: string,
  at: PathAnswer,
  real: string,
  after: Attributes,
  made: NewContent,
): readonly Prediction[] {
  const answer = predictedContent(made);
  const followed = given === real ? [] : [{ path: given, at: { ...at, followed: after } as PathAnswer }];
  return [{ path: real, at: after as PathAnswer }, ...followed].flatMap((one) => [
    predict({ fact: path, subject: { path: one.path } }, one.at),
    predict({ fact: content, subject: { path: one.path, whole: true as const } }, answer),
    predict({ fact: content, subject: { path: one.path, wanted: sha256Of(made) } }, {
      kind: 'same',
      sha256: sha256Of(made),
    } as const),
  ]);
}

function predictedContent(made: NewContent): ContentAnswer {
  if (made.kind === 'bytes') {
    const bytes = made.bytes instanceof Secret ? Buffer.from(made.bytes.reveal()) : made.bytes;
    return { kind: 'text', bytes };
  }
  if (made.bytes) return { kind: 'text', bytes: made.bytes };
  return { kind: 'large', size: made.size, sha256: made.sha256 };
}
