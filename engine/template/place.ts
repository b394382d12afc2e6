import { FettleError, type ErrorParts, type Position } from '../errors.ts';

/** Gives the place in its file of the character at an offset of a text. */
export type Locate = (offset: number) => Position;

/** Something wrong at an offset of a text, before it is known where the text stands. */
export class Mistake {
  readonly offset: number;
  readonly parts: ErrorParts;

  constructor(offset: number, parts: ErrorParts) {
    this.offset = offset;
    this.parts = parts;
  }

  /** The mistake as an error of the user's file. */
  in(locate: Locate): FettleError {
    return new FettleError('playbook', { ...this.parts, position: locate(this.offset) });
  }
}

/** Counts on from where the text starts, as far as the text is seen to stand there as it is. */
export function locateFrom(at: Position, source: string): Locate {
  const line = at.text ?? '';
  const found = line.indexOf(source, Math.max(at.column - 1, 0));
  if (source.includes('\n') || found < 0) return () => at;
  return (offset) => ({ ...at, column: found + 1 + offset });
}

/** The offset of a line and column, both as Handlebars counts them (from 1 and from 0). */
export function offsetOf(source: string, place: { readonly line: number; readonly column: number }): number {
  let start = 0;
  for (let line = 1; line < place.line; line++) start = source.indexOf('\n', start) + 1;
  return start + place.column;
}
