import type { Position } from '../errors.ts';
import type { Locate } from './place.ts';
import { unlessOmitted } from './omitted.ts';
import { compileText } from './text.ts';
import type { Reference, ValueTemplate } from './template.ts';

/** A value as a file holds it, each part with its place. */
export type ValueSource =
  | {
      readonly kind: 'scalar';
      readonly at: Position;
      readonly value: string | number | boolean | null;
      locate(offset: number): Position;
    }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly ValueSource[] }
  | {
      readonly kind: 'map';
      readonly at: Position;
      readonly entries: ReadonlyMap<string, { readonly value: ValueSource }>;
    }
  | { readonly kind: 'vault'; readonly at: Position; refuse(): never };

/** Compiles every text of a value; throws FettleError for the first that is wrong. */
export function compileValue(source: ValueSource): ValueTemplate {
  switch (source.kind) {
    case 'scalar': {
      if (typeof source.value !== 'string') return constant(source.value, source.at);
      const locate: Locate = (offset) => source.locate(offset);
      return compileText(source.value, source.at, locate);
    }
    case 'list':
      return listOf(source.items.map(compileValue), source.at);
    case 'map':
      return mapOf(
        new Map([...source.entries].map(([key, entry]) => [key, compileValue(entry.value)])),
        source.at,
      );
    case 'vault':
      return source.refuse();
  }
}

/** A value without templates. */
export function constant(value: unknown, at: Position): ValueTemplate {
  return { at, references: [], constant: true, render: () => value };
}

/** A list of templates as one. */
export function listOf(items: readonly ValueTemplate[], at: Position): ValueTemplate {
  return {
    at,
    ...together(items),
    render: (scope) => items.flatMap((item) => unlessOmitted(() => item.render(scope))),
  };
}

/** A map of templates as one. */
export function mapOf(entries: ReadonlyMap<string, ValueTemplate>, at: Position): ValueTemplate {
  return {
    at,
    ...together([...entries.values()]),
    render: (scope) =>
      Object.fromEntries(
        [...entries].flatMap(([key, entry]) => unlessOmitted(() => [key, entry.render(scope)] as const)),
      ),
  };
}

function together(parts: readonly ValueTemplate[]): {
  references: readonly Reference[];
  constant: boolean;
} {
  return {
    references: parts.flatMap((part) => part.references),
    constant: parts.every((part) => part.constant),
  };
}
