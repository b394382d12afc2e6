/** Throws dice that fall the same way each time: a whole number below the one that is given. */
export type Dice = (below: number) => number;

/** Dice of their own for each seed. */
export function dice(seed: number): Dice {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}
