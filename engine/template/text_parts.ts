import type { Secret } from '../shell/secret.ts';
import type { Frame } from './frame.ts';
import type { Mistake } from './place.ts';

/** A name that a text uses, by its offset in the text. */
export interface Use {
  readonly root: string;
  readonly path: readonly string[];
  readonly offset: number;
  readonly optional: boolean;
}

/** A text ready to be rendered. */
export interface CompiledText {
  readonly uses: readonly Use[];
  render(frame: Frame): unknown;
}

/** Writes the text of a part of a template. */
export type Write = (frame: Frame, out: (string | Secret)[]) => void;

/** What stands for a value in a text. */
export interface Expr {
  /** The value, or undefined where it is missing. */
  find(frame: Frame): unknown;
  /** The value; throws FettleError where it is missing. */
  get(frame: Frame): unknown;
}

/** An `each` or `with` around a name; at the top there is none. */
export interface Level {
  readonly parent?: Level;
  /** The names given by `as |name|`. */
  readonly params: readonly string[];
  /** Whether `@index` and its like are known here. */
  readonly turns?: boolean;
}

/** What the parts of a text need of one another while they are compiled. */
export interface Compiler {
  readonly source: string;
  readonly uses: Use[];
  program(program: hbs.AST.Program | undefined, level: Level): Write;
  expression(node: hbs.AST.Expression, level: Level): Expr;
  offset(node: hbs.AST.Node): number;
  mistake(node: hbs.AST.Node, summary: string, next: string): Mistake;
}
