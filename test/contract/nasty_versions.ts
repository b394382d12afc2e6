/** Makes pairs of versions on which orders differ most: near to each other, with signs side by side that each have a meaning. */
export function nastyPairs(
  count: number,
  seed: number,
  parts: { readonly tokens: readonly string[]; readonly whole: (part: () => string) => string },
): readonly (readonly [string, string])[] {
  const random = numbers(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const part = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(parts.tokens)).join('');
  const changed = (text: string): string => {
    const at = Math.floor(random() * (text.length + 1));
    const cut = random() < 0.5 ? 1 : 0;
    return text.slice(0, at) + (random() < 0.7 ? pick(parts.tokens) : '') + text.slice(at + cut);
  };
  return Array.from({ length: count }, () => {
    const one = parts.whole(part);
    // Most are one change apart: two that were made apart differ in their first sign.
    return [one, random() < 0.75 ? changed(one) : parts.whole(part)] as const;
  });
}

/** The same numbers in [0, 1) for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
