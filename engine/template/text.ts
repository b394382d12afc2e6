import type { Position } from '../errors.ts';
import { compileProgram } from './compile_text.ts';
import { parseText } from './parse_text.ts';
import { locateFrom, Mistake, type Locate } from './place.ts';
import type { Reference, ValueTemplate } from './template.ts';
import type { CompiledText } from './text_parts.ts';

/**
 * Compiles a text with Handlebars in it: exactly one `{{…}}` gives its value as it is (list, boolean, Secret),
 * anything else gives text. `locate` tells the place of each character where the text is not written as it is.
 * Throws FettleError for what is wrong without knowing any value.
 */
export function compileText(
  source: string,
  at: Position,
  locate: Locate = locateFrom(at, source),
): ValueTemplate {
  if (!source.includes('{{') && !source.includes('{%'))
    return { at, references: [], constant: true, render: () => source };
  const compiled = cached(source);
  if (compiled instanceof Mistake) throw compiled.in(locate);
  const references = compiled.uses.map(
    ({ root, path, offset, optional }): Reference => ({
      root,
      path,
      at: locate(offset),
      ...(optional ? { optional: true } : {}),
    }),
  );
  return {
    at,
    references,
    constant: references.length === 0,
    render: (scope) => compiled.render({ scope, locate, data: {}, named: new Map() }),
  };
}

const most = 10_000;
const known = new Map<string, CompiledText | Mistake>();

function cached(source: string): CompiledText | Mistake {
  const before = known.get(source);
  if (before) return before;
  if (known.size >= most) known.clear();
  const compiled = compile(source);
  known.set(source, compiled);
  return compiled;
}

function compile(source: string): CompiledText | Mistake {
  try {
    return compileProgram(source, parseText(source));
  } catch (error) {
    if (error instanceof Mistake) return error;
    throw error;
  }
}
