import { type Change, predict } from '../contract/change.ts';
import type { Attributes } from './attributes.ts';
import { path, type PathAnswer } from './path.ts';
import { attributeGap, attributeScripts, type WantedAttributes } from './wanted_attributes.ts';

/** The change of nothing but attributes; null where there is none to make. */
export function changeOfAttributes(
  given: string,
  at: PathAnswer,
  wanted: WantedAttributes,
  follow = true,
): Change | null {
  if (at.kind === 'absent') return null;
  const isFollowed = follow && at.kind === 'link' && at.followed && at.real !== undefined;
  const real = isFollowed ? (at.real as string) : given;
  const gap = attributeGap(isFollowed ? (at.followed as Attributes) : at, wanted);
  if (!gap) return null;
  const touched = [...new Set([given, real])];
  return {
    what: `${given}: ${gap.what.join(', ')}`,
    diff: { before: gap.before, after: gap.after },
    touches: touched.map((one) => `path:${one}` as const),
    ...attributeScripts(real, gap),
    predicts: [
      predict({ fact: path, subject: { path: real } }, gap.predicted),
      ...(isFollowed
        ? [predict({ fact: path, subject: { path: given } }, { ...at, followed: gap.predicted })]
        : []),
    ],
  };
}
