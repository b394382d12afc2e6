import { FettleError } from '../errors.ts';
import { Secret } from '../shell/secret.ts';
import { Unusable } from './output.ts';
import type { Locate } from './place.ts';
import type { Scope } from './template.ts';

/** What names mean at one point of a text that is being rendered. */
export interface Frame {
  readonly scope: Scope;
  readonly locate: Locate;
  /** The frame around an `each` or `with`; absent at the top, where names are variables. */
  readonly parent?: Frame;
  /** The value that names belong to within an `each` or `with`. */
  readonly context?: unknown;
  /** `@index`, `@key`, `@first`, `@last`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The names given by `as |name|`. */
  readonly named: ReadonlyMap<string, unknown>;
}

/** The frame of one turn of a block. */
export function childOf(
  parent: Frame,
  context: unknown,
  names: ReadonlyMap<string, unknown>,
  data: Readonly<Record<string, unknown>> = {},
): Frame {
  return {
    scope: parent.scope,
    locate: parent.locate,
    parent,
    context,
    data: { ...parent.data, ...data },
    named: new Map([...parent.named, ...names]),
  };
}

/** The value below `start` at a path, or undefined where one of its steps is missing. */
export function follow(start: unknown, path: readonly string[]): unknown {
  let value = start;
  for (const key of path) {
    if (value instanceof Secret) throw new Unusable('is a secret, which has no parts');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Runs and puts the place to what goes wrong. */
export function at<Result>(frame: Frame, offset: number, name: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw new FettleError('task', {
      summary: `\`${name}\` ${error.message}`,
      next: error.next,
      position: frame.locate(offset),
    });
  }
}
