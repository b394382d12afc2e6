import type { Position } from '../errors.ts';

/** A name that a text or expression uses: `facts.os.family` is root `facts`, path `['os', 'family']`. */
export interface Reference {
  readonly root: string;
  readonly path: readonly string[];
  readonly at: Position;
  /** It may be missing: it stands within `defined(…)` or `default(…)`. */
  readonly optional?: true;
}

/** Gives the value of a root name; `undefined` where there is none. May throw Waiting (see run/). */
export interface Scope {
  get(name: string): unknown;
  has(name: string): boolean;
}

/** A value of the user's with its templates compiled: a scalar, a list or a map. */
export interface ValueTemplate {
  readonly at: Position;
  readonly references: readonly Reference[];
  /** Whether it holds no template at all: then `render` needs no scope. */
  readonly constant: boolean;
  /** Throws FettleError kind `task` with position for undefined names and values that are no text. */
  render(scope: Scope): unknown;
}

/** A CEL expression. */
export interface Expression {
  readonly at: Position;
  readonly source: string;
  readonly references: readonly Reference[];
  /** Throws FettleError kind `task` with position. */
  evaluate(scope: Scope): unknown;
}
