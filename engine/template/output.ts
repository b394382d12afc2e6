import { Secret } from '../shell/secret.ts';

/** Thrown where a value cannot be used as it is; whoever knows the place turns it into a FettleError. */
export class Unusable extends Error {
  readonly next: string | undefined;

  constructor(why: string, next?: string) {
    super(why);
    this.name = 'Unusable';
    this.next = next;
  }
}

/** A value as part of a text; throws Unusable for null, lists and maps, which are no text. */
export function textOf(value: unknown): string | Secret {
  if (typeof value === 'string' || value instanceof Secret) return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value === null)
    throw new Unusable('is null', 'Give it a value, or write `{{#if name}}…{{/if}}` around it.');
  if (Array.isArray(value))
    throw new Unusable(
      'is a list',
      'Write `{{join name ", "}}`, `{{json name}}` or `{{#each name}}…{{/each}}`.',
    );
  throw new Unusable('is a map', 'Name one of its keys (`{{name.key}}`) or write `{{json name}}`.');
}

/** The parts of a text as one; a Secret where one of them is. */
export function joined(parts: readonly (string | Secret)[]): string | Secret {
  return parts.some((part) => part instanceof Secret) ? Secret.join(parts) : parts.join('');
}

/** A value with every Secret in it revealed, and whether there was one. */
export function plain(value: unknown): { readonly value: unknown; readonly secret: boolean } {
  let secret = false;
  const reveal = (each: unknown): unknown => {
    if (each instanceof Secret) {
      secret = true;
      return each.reveal();
    }
    if (Array.isArray(each)) return each.map(reveal);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, item]) => [key, reveal(item)]));
  };
  return { value: reveal(value), secret };
}

/** What was computed from a secret is one itself, unless it is a boolean or nothing. */
export function asSecret(value: unknown): unknown {
  if (typeof value === 'string') return new Secret(value);
  if (typeof value === 'number' || typeof value === 'bigint') return new Secret(String(value));
  if (Array.isArray(value)) return value.map(asSecret);
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asSecret(item)]));
}
