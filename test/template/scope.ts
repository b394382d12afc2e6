import type { Position } from '../../engine/errors.ts';
import { FettleError } from '../../engine/errors.ts';
import type { Reference, Scope } from '../../engine/template/template.ts';

/** The variables of a plain object. */
export function scopeOf(variables: Readonly<Record<string, unknown>>): Scope {
  return {
    has: (name) => Object.hasOwn(variables, name),
    get: (name) => variables[name],
  };
}

/** A text that stands alone in its file. */
export function alone(text: string): Position {
  return { file: 'file', line: 1, column: 1, text };
}

/** References as `root.path@column`, `?` where they may be missing. */
export function shown(references: readonly Reference[]): string[] {
  return references.map(
    ({ root, path, at, optional }) => `${[root, ...path].join('.')}${optional ? '?' : ''}@${at.column}`,
  );
}

/** What a call throws, as `kind column: summary | detail | next`; undefined parts are left out. */
export function saidBy(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    const said = [error.message, error.detail, error.next].filter((part) => part !== undefined).join(' | ');
    return `${error.kind} ${error.position?.column}: ${said}`;
  }
  return 'nothing';
}
