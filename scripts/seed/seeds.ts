/** The rows of the local state, in the order in which they are written: referenced rows come first. */
import type { Seed } from "./seed.ts";
import { storeSeed } from "./store/seed.ts";
import { userSeed } from "./users.ts";

export const SEEDS: readonly Seed[] = [userSeed, storeSeed];

/** Yields the INSERT statements that fill empty tables. */
export function* seedStatements(): Generator<string> {
  for (const seed of SEEDS) yield* seed.statements();
}
