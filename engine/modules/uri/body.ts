import { type Blob, CannotPlan } from '../../contract/change.ts';
import { Secret } from '../../shell/secret.ts';
import type { UriArgs } from './arguments.ts';

export interface Body {
  readonly blob: Blob;
  /** Its Content-Type, where its format says one. */
  readonly type?: string;
}

/** The body of a request; secret where anything in it is. Throws CannotPlan. */
export function bodyOf({ body, body_format: format = 'raw' }: UriArgs): Body | undefined {
  if (body === undefined || body === null) return undefined;
  const type = {
    raw: undefined,
    json: 'application/json',
    'form-urlencoded': 'application/x-www-form-urlencoded',
  }[format];
  return { blob: { kind: 'bytes', bytes: bytesOf(body, format) }, ...(type === undefined ? {} : { type }) };
}

function bytesOf(body: unknown, format: NonNullable<UriArgs['body_format']>): Buffer | Secret {
  if (body instanceof Secret) return body;
  if (typeof body === 'string') return Buffer.from(body);
  if (format === 'raw') {
    throw new CannotPlan('`body` is no text', { next: 'say body_format: json, or form-urlencoded' });
  }
  const found = { secret: false };
  const plain = revealed(body, found);
  const text = format === 'json' ? JSON.stringify(plain) : formText(plain);
  return found.secret ? new Secret(text) : Buffer.from(text);
}

function revealed(value: unknown, found: { secret: boolean }): unknown {
  if (value instanceof Secret) {
    found.secret = true;
    return value.reveal();
  }
  if (Array.isArray(value)) return value.map((item: unknown) => revealed(item, found));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealed(item, found)]));
}

/** A map of texts, a list in it being several of one name; or a list of pairs. */
function formText(body: unknown): string {
  const isPairs = Array.isArray(body) && body.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (typeof body !== 'object' || body === null || (Array.isArray(body) && !isPairs))
    throw new CannotPlan('a form is a map of names and values, or a list of pairs');
  const pairs = isPairs ? (body as [unknown, unknown][]) : Object.entries(body);
  const form = new URLSearchParams();
  for (const [name, value] of pairs)
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      form.append(textOf(name), textOf(one));
  return form.toString();
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return '';
  throw new CannotPlan('a value in a form is text, a number, or a list of them');
}
