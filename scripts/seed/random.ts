// Deterministic random numbers. The same label gives the same sequence on every machine and in every run. Streams of
// different labels are independent, so a change to one category leaves all other rows unchanged. Not for cryptographic
// use.

/** A seeded source of numbers. Each call returns the next one in [0, 1). */
export type Random = () => number;

/** Returns the pseudo-random stream of `label` (FNV-1a seed, mulberry32 generator). */
export function randomOf(label: string): Random {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(label)) state = Math.imul(state ^ byte, 0x01000193);
  return function next() {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A whole number from `low` to `high`, inclusive. */
export function int(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** True with the given probability, 0 to 1. */
export function chance(random: Random, probability: number): boolean {
  return random() < probability;
}

/** One element. @throws RangeError if there is none */
export function pick<T>(random: Random, from: readonly T[]): T {
  if (from.length === 0) throw new RangeError("nothing to pick from");
  return from[int(random, 0, from.length - 1)] as T; // the index is within bounds
}

/** One element, with a probability in proportion to its weight. @throws RangeError if there is none */
export function pickWeighted<T extends { readonly weight: number }>(random: Random, from: readonly T[]): T {
  let left = random() * from.reduce((sum, element) => sum + element.weight, 0);
  for (const element of from) {
    left -= element.weight;
    if (left < 0) return element;
  }
  throw new RangeError("nothing to pick from");
}

/** A new array with the same elements in another order (Fisher-Yates). @public */
export function shuffle<T>(random: Random, from: readonly T[]): T[] {
  const shuffled = [...from];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = int(random, 0, i);
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T]; // both indices are within bounds
  }
  return shuffled;
}
