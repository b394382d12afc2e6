import { actionsOf } from '../../facts/pam/control.ts';
import { isPasswordModule } from '../../facts/pam/modules.ts';
import type { Rule } from '../../facts/pam/stack.ts';

/** A line of one stack, and how many modules a jump counts it for: an include for all that it brings. */
export interface Counted {
  readonly rule: Rule;
  readonly weight: number;
}

/** A piece of a file's text and what is to stand there. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The jumps above a line that goes, or a place that a line comes to, so that they still lead to where they led. */
export function adaptJumps(
  text: string,
  lines: readonly Counted[],
  at: number,
  step: 'goes' | 'comes',
): readonly Replacement[] {
  return lines.slice(0, at).flatMap(({ rule }, index): Replacement[] => {
    const { control, includes } = rule;
    if (!control || includes) return [];
    const between = weightOf(lines.slice(index + 1, at));
    const raw = text.slice(control.start, control.end);
    const adapted = raw.replaceAll(
      /([a-z_]+)(\s*=\s*)(\d+)/g,
      (whole, code: string, equals: string, digits: string) => {
        const count = Number(digits);
        if (step === 'goes') {
          if (count <= between) return whole;
          // A jump over nothing is none: libpam takes no 0.
          return `${code}${equals}${count === 1 ? 'ignore' : count - 1}`;
        }
        // Who jumps just to where the line comes, comes to it; but not who was let in already.
        const isIn = code === 'success' && isPasswordModule(rule.target?.text ?? '');
        return count > between || (count === between && isIn) ? `${code}${equals}${count + 1}` : whole;
      },
    );
    return adapted === raw ? [] : [{ start: control.start, end: control.end, text: adapted }];
  });
}

/** The first line whose jumps guard the line at a place: that jump over it, or to it. */
export function firstGuard(lines: readonly Counted[], at: number): number {
  let first = at;
  for (let index = at - 1; index >= 0; index -= 1) {
    const line = lines[index] as Counted;
    const { control, includes } = line.rule;
    if (!control || includes) continue;
    const between = weightOf(lines.slice(index + 1, first));
    const reaches = Object.values(actionsOf(control.text)).some(
      (action) => typeof action === 'number' && action >= between,
    );
    if (reaches) first = index;
  }
  return first;
}

/** A text with pieces replaced, which do not overlap. */
export function replaced(text: string, pieces: readonly Replacement[]): string {
  return pieces
    .toSorted((one, other) => other.start - one.start)
    .reduce((now, { start, end, text: piece }) => now.slice(0, start) + piece + now.slice(end), text);
}

function weightOf(lines: readonly Counted[]): number {
  return lines.reduce((sum, { weight }) => sum + weight, 0);
}
