/**
 * Where a work stands in its play: the number of its step, then its number within the include, block or flush that
 * brought it. Places have one order on all hosts, whatever each of them has to run.
 */
export type Place = readonly number[];

/** The place after all others. */
export const theEnd: Place = [Number.POSITIVE_INFINITY];

/** Below zero where `one` comes first, above where `other` does. */
export function compare(one: Place, other: Place): number {
  for (let index = 0; index < one.length && index < other.length; index += 1) {
    const difference = (one[index] as number) - (other[index] as number);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
