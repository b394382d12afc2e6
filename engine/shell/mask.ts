import type { Secret } from './secret.ts';
import { quote } from './script.ts';

const mask = '********';
const shortest = 4;

/**
 * Gives a function that replaces every form of the secrets in a text: plain, JSON, shell, URL, base64 and hex.
 * Values under four characters are left alone, since they would mask half of every text.
 */
export function masker(secrets: Iterable<Secret>): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value.length >= shortest) for (const form of formsOf(value)) forms.add(form);
  }
  if (forms.size === 0) return (text) => text;
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
    'g',
  );
  return (text) => text.replace(pattern, mask);
}

function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    quote(value),
    encodeURIComponent(value),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('hex'),
  ];
}
