import { FettleError, type Position } from '../errors.ts';
import { didYouMean } from './closest.ts';
import { follow } from './frame.ts';

/** A name, or a part of one, that has no value. */
export class NotDefined extends FettleError {}

/** What was looked for: `root` is '' for the value of a block. */
export interface Sought {
  readonly root: string;
  readonly path: readonly string[];
  /** The value of the root, where there is one. */
  readonly start: unknown;
  /** How to write it where it may be missing. */
  readonly instead: (name: string) => string;
  /** The variable that bears the name outside of the block whose value has no such part. */
  readonly variable?: string;
}

/** Says that a name or one of its parts is not there, and what is there instead. */
export function notDefined({ root, path, start, instead, variable }: Sought, position: Position): NotDefined {
  const whole = [root, ...path].filter((part) => part !== '').join('.');
  const reached = start === undefined ? 0 : lengthReached(start, path);
  const value = start === undefined ? undefined : follow(start, path.slice(0, reached));
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const shown = [root, ...path.slice(0, reached)].filter((part) => part !== '').join('.');
  return new NotDefined('task', {
    summary: `\`${whole}\` is not defined`,
    detail: keys.length > 0 && keys.length <= 20 ? `${shown || 'It'} has: ${keys.join(', ')}` : undefined,
    next:
      (variable === undefined
        ? undefined
        : `Within the block a name means a part of its value; the variable is \`@root.${variable}\`.`) ??
      didYouMean(path[reached] ?? root, keys) ??
      `Define it, or write \`${instead(whole)}\` where it may be missing.`,
    position,
  });
}

function lengthReached(start: unknown, path: readonly string[]): number {
  for (let length = path.length; length > 0; length--)
    if (follow(start, path.slice(0, length)) !== undefined) return length;
  return 0;
}
