import { below, typesOf, type JsonSchema } from './json_schema.ts';

/**
 * A value as its schema means it: `yes` where a boolean is meant, "12" where a number is. What a template gave
 * (`isRendered` says so of a path) may also be a number or boolean where text is meant.
 */
export function coerce(
  value: unknown,
  schema: JsonSchema | undefined,
  isRendered: (path: string) => boolean,
  path = '',
): unknown {
  if (!schema) return value;
  if (Array.isArray(value))
    return value.map((item: unknown, index) =>
      coerce(item, below(schema, String(index)), isRendered, `${path}/${index}`),
    );
  if (typeof value === 'object' && value !== null) {
    if (!isPlainMap(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      coerce(item, below(schema, key), isRendered, `${path}/${escapeKey(key)}`),
    ]);
    return Object.fromEntries(entries) as unknown;
  }
  return coerceScalar(value, typesOf(schema), isRendered(path));
}

/** A key as JSON pointers write it. */
export function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function coerceScalar(value: unknown, types: readonly string[], rendered: boolean): unknown {
  if (typeof value === 'string' && !types.includes('string')) {
    if (types.includes('boolean') && /^(true|yes|on)$/i.test(value)) return true;
    if (types.includes('boolean') && /^(false|no|off)$/i.test(value)) return false;
    if ((types.includes('integer') || types.includes('number')) && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value))
      return Number(value);
    return value;
  }
  if (!rendered || !types.includes('string')) return value;
  if (typeof value === 'number' && !types.includes('number') && !types.includes('integer'))
    return String(value);
  if (typeof value === 'boolean' && !types.includes('boolean')) return String(value);
  return value;
}

function isPlainMap(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
