import { FettleError, type Position } from '../errors.ts';

/**
 * Thrown where a value is `omit`: maps and lists leave the entry out that it is for; anywhere else there is nothing
 * to leave out, and it is an error.
 */
export class Omitted extends FettleError {
  constructor(position: Position) {
    super('task', { ...mistake, position });
  }

  /** The same where it is nothing but an error. */
  asMistake(): FettleError {
    return new FettleError('task', { ...mistake, position: this.position });
  }
}

const mistake = {
  summary: '`omit` leaves out a whole argument, and there is none here',
  next: 'Let it stand alone as the value of an argument: `owner: "{{default name omit}}"`.',
};

/** What a part of a map or list gives, in an array; nothing where it is left out. */
export function unlessOmitted<Value>(render: () => Value): readonly Value[] {
  try {
    return [render()];
  } catch (error) {
    if (error instanceof Omitted) return [];
    throw error;
  }
}
