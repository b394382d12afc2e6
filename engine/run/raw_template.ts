import type { Position } from '../errors.ts';
import { compileText } from '../template/text.ts';
import type { Reference, Scope, ValueTemplate } from '../template/template.ts';

/** Compiles a plain value (inventory variable, `-e`) whose strings may hold templates. */
export function compileRaw(value: unknown, at: Position): ValueTemplate {
  if (typeof value === 'string') return value.includes('{{') ? compileText(value, at) : constant(value, at);
  if (Array.isArray(value)) {
    const items = value.map((item) => compileRaw(item, at));
    if (items.every((item) => item.constant)) return constant(value, at);
    return composite(items, at, (scope) => items.map((item) => item.render(scope)));
  }
  if (isPlainMap(value)) {
    const entries = Object.entries(value).map(([key, item]) => [key, compileRaw(item, at)] as const);
    if (entries.every(([, item]) => item.constant)) return constant(value, at);
    return composite(
      entries.map(([, item]) => item),
      at,
      (scope) => Object.fromEntries(entries.map(([key, item]) => [key, item.render(scope)])),
    );
  }
  return constant(value, at);
}

/** A template that holds a finished value. */
export function constant(value: unknown, at: Position): ValueTemplate {
  return { at, references: [], constant: true, render: () => value };
}

function composite(
  parts: readonly ValueTemplate[],
  at: Position,
  render: (scope: Scope) => unknown,
): ValueTemplate {
  const references: readonly Reference[] = parts.flatMap((part) => part.references);
  return { at, references, constant: false, render };
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}
