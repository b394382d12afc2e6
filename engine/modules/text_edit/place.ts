import { CannotPlan } from '../../contract/change.ts';
import { type Line, matched } from './lines.ts';
import { translatePattern } from './pattern.ts';

/** Where text goes that is not there yet. */
export type Place =
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  | { readonly kind: 'after' | 'before'; readonly pattern: RegExp };

/** The arguments that name a place. */
export interface PlaceArguments {
  readonly insertafter?: string;
  readonly insertbefore?: string;
}

/** Reads a place from its arguments. Throws CannotPlan for two of them. */
export function placeOf({ insertafter, insertbefore }: PlaceArguments): Place {
  if (insertafter !== undefined && insertbefore !== undefined)
    throw new CannotPlan('insertafter and insertbefore exclude each other');
  if (insertafter === 'BOF' || insertbefore === 'BOF') return { kind: 'begin' };
  if (insertbefore !== undefined)
    return { kind: 'before', pattern: translatePattern(insertbefore, 'insertbefore') };
  if (insertafter === undefined || insertafter === 'EOF') return { kind: 'end' };
  return { kind: 'after', pattern: translatePattern(insertafter, 'insertafter') };
}

/** The number of lines before a place; the end where no line matches. */
export function placeIn(lines: readonly Line[], place: Place, firstMatch = false): number {
  if (place.kind === 'begin') return 0;
  if (place.kind === 'end') return lines.length;
  const matches = (line: Line) => place.pattern.test(matched(line));
  const index = firstMatch ? lines.findIndex(matches) : lines.findLastIndex(matches);
  if (index === -1) return lines.length;
  return place.kind === 'after' ? index + 1 : index;
}
