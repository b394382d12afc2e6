import type { Position } from '../errors.ts';
import type { ValueTemplate } from '../template/template.ts';
import { compileText } from '../template/text.ts';
import { constant, listOf, mapOf } from '../template/value.ts';

/** Compiles a plain value (inventory variable, `-e`) whose strings may hold templates. */
export function compileRaw(value: unknown, at: Position): ValueTemplate {
  if (typeof value === 'string' && value.includes('{{')) return compileText(value, at);
  if (Array.isArray(value))
    return listOf(
      value.map((item) => compileRaw(item, at)),
      at,
    );
  if (!isPlainMap(value)) return constant(value, at);
  return mapOf(new Map(Object.entries(value).map(([key, item]) => [key, compileRaw(item, at)])), at);
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}
