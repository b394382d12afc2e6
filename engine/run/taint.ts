import { Secret } from '../shell/secret.ts';

/** A value with each text in it made a secret, which `hide` is told of: masked wherever it travels from here. */
export function tainted(value: unknown, hide: (secret: Secret) => void): unknown {
  if (typeof value === 'string') {
    if (value === '') return value;
    const secret = new Secret(value);
    hide(secret);
    return secret;
  }
  if (Array.isArray(value)) return value.map((item) => tainted(item, hide));
  if (!isPlainMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tainted(item, hide)]));
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
