import { CannotPlan } from '../../contract/change.ts';
import { Secret } from '../../shell/secret.ts';

type Value = string | number | boolean | Secret;

/** Sections with their settings; a list gives one several times. */
export type Sections = Readonly<Record<string, Readonly<Record<string, Value | readonly Value[]>>>>;

/** The text of a unit file, given whole or by its sections; secret where any part of it is. Throws CannotPlan. */
export function unitText(wanted: { content?: string | Secret; sections?: Sections }): string | Secret {
  const { content, sections } = wanted;
  if ((content === undefined) === (sections === undefined))
    throw new CannotPlan('give either `content` or `sections`');
  if (content !== undefined) return whole(content);
  const parts = Object.entries(sections ?? {}).map(([name, settings]) => [
    `[${name}]`,
    ...Object.entries(settings).flatMap(([key, value]) =>
      (isList(value) ? value : [value]).map((one) => `${key}=${plain(one)}`),
    ),
  ]);
  if (parts.length === 0) throw new CannotPlan('`sections` is empty');
  const text = parts.map((part) => `${part.join('\n')}\n`).join('\n');
  return isAnySecret(sections ?? {}) ? new Secret(text) : text;
}

// systemd may pass over a last line without its end.
function whole(content: string | Secret): string | Secret {
  const text = plain(content);
  if (text.includes('\0')) throw new CannotPlan('`content` holds a NUL byte, which no unit file may');
  if (text.endsWith('\n')) return content;
  return content instanceof Secret ? new Secret(`${text}\n`) : `${text}\n`;
}

function plain(value: Value): string {
  return value instanceof Secret ? value.reveal() : String(value);
}

function isList(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}

function isAnySecret(sections: Sections): boolean {
  return Object.values(sections)
    .flatMap((settings) => Object.values(settings))
    .some((value) => (isList(value) ? value : [value]).some((one) => one instanceof Secret));
}
