import { Secret } from '../shell/secret.ts';
import { asSecret } from './output.ts';

/** Takes note when a secret's value is read. */
export interface Watch {
  secret: boolean;
}

/**
 * A value as expressions see it: whole numbers are CEL's ints, secrets are read as their text. Lists and maps
 * are looked at only where the expression does, since `hostvars` and its like are made when they are read.
 */
export function view(value: unknown, watch: Watch): unknown {
  if (value instanceof Secret) {
    watch.secret = true;
    return value.reveal();
  }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return value;
  return proxyOf(value, watch);
}

/** A result of an expression as a plain value; what was computed from a secret is a secret, unless boolean. */
export function result(value: unknown, watch: Watch): unknown {
  if (typeof value === 'boolean' || value === null) return value;
  const original = typeof value === 'object' ? originals.get(value) : undefined;
  if (original) return original;
  const plain = toPlain(value);
  return watch.secret ? asSecret(plain) : plain;
}

const originals = new WeakMap<object, object>();

// The target is an empty stand-in: a proxy over a frozen value would have to give its values unchanged.
function proxyOf(value: object, watch: Watch): object {
  const stand = Array.isArray(value) ? [] : {};
  const proxy = new Proxy(stand, {
    get: (target, key) =>
      Object.hasOwn(value, key) && key !== 'length'
        ? view(Reflect.get(value, key), watch)
        : Reflect.get(key === 'length' ? value : target, key),
    has: (_target, key) => Object.hasOwn(value, key),
    ownKeys: () => Reflect.ownKeys(value),
    getOwnPropertyDescriptor: (target, key) => {
      if (Array.isArray(value) && key === 'length')
        return { ...Reflect.getOwnPropertyDescriptor(target, key), value: value.length };
      if (!Object.hasOwn(value, key)) return undefined;
      return { configurable: true, enumerable: true, get: () => view(Reflect.get(value, key), watch) };
    },
  });
  originals.set(proxy, value);
  return proxy;
}

function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  const original = originals.get(value);
  if (original) return original;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item)]));
}
