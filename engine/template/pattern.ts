import { testWithin } from '../contract/pattern_limit.ts';
import { Unusable } from './output.ts';

/**
 * Whether a regular expression is found in a text. Patterns that may backtrack for long run with a limit of
 * 250 ms, so that a hostile one costs no more than that; throws Unusable for these and for broken patterns.
 */
export function matches(text: string, pattern: string): boolean {
  const compiled = compile(pattern);
  if (isCalm(pattern)) return compiled.test(text);
  const found = testWithin(compiled, text, 250);
  if (found !== undefined) return found;
  throw new Unusable(
    `took longer than 250 ms with the pattern ${pattern}`,
    'Write it without a repetition in a repetition.',
  );
}

/** A regular expression; throws Unusable where it is none. */
export function compile(pattern: string): RegExp {
  const before = known.get(pattern);
  if (before) return before;
  if (known.size > 1_000) known.clear();
  try {
    const compiled = new RegExp(pattern);
    known.set(pattern, compiled);
    return compiled;
  } catch (error) {
    throw new Unusable(
      `cannot read the pattern ${pattern}: ${(error as Error).message.replace(/^.*: /, '')}`,
    );
  }
}

const known = new Map<string, RegExp>();

// At most one repetition: its time grows with the square of the text at worst.
function isCalm(pattern: string): boolean {
  const repetitions = pattern.replace(/\\./g, '').match(/[*+]|\{\d*,\d*\}/g) ?? [];
  return repetitions.length === 0 || (repetitions.length === 1 && !/[()]/.test(pattern));
}
