/** The choice that a mistyped word most likely means, or undefined where none is near. */
export function closest(word: string, choices: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  // One mistake in three letters; a word of two letters is near nothing but itself.
  let least = Math.floor(word.length / 3) + 1;
  for (const choice of choices) {
    const apart = distance(wanted, choice.toLowerCase(), least);
    if (apart >= least) continue;
    least = apart;
    best = choice;
  }
  return best;
}

/** "Did you mean `x`?", or undefined where no choice is near. */
export function didYouMean(word: string, choices: Iterable<string>): string | undefined {
  const choice = closest(word, choices);
  return choice === undefined ? undefined : `Did you mean \`${choice}\`?`;
}

// Damerau and Levenshtein: insertions, deletions, replacements and swapped neighbours; `limit` where it is no less.
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(before, j - 2) + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
