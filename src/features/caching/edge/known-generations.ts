/**
 * Known generations: the generation of each collection that the primary last reported, and when. Reading the primary
 * keeps replica lag out of the age. A known generation lets a read skip the database for as long as the policy allows.
 * A write in this location ends all known generations.
 */
import type { Generation } from "#core/data/generation.ts";

export interface KnownGeneration extends Generation {
  /** Epoch ms, before the database was queried: it had this state at that time or later. */
  readonly seenAt: number;
  /** The D1 bookmark of the read; undefined if D1 returned none. */
  readonly bookmark?: string | undefined;
}

export interface KnownGenerations {
  get(collection: string): KnownGeneration | undefined;
  /**
   * Stores a generation that a request read. `writeCount` is its value when the request began; if `end` was called since, the
   * generation is ignored. So is one older than the known generation, which comes from a lagging replica.
   */
  note(collection: string, knownGeneration: KnownGeneration, writeCount: number): boolean;
  /** Ends all known generations, including those that are being read. */
  end(): void;
  /** The number of calls of `end`. */
  readonly writeCount: number;
}

/** After this time even a lagging replica has a newer state. */
const TRUSTED_MS = 60_000;

/** Requests overtake each other by less than this. A larger difference means that the clock was set back. */
const OVERTAKING_MS = 5_000;

/** Whether it was read so long after `now` (epoch ms) that its age is unknown. */
export function isFromFuture({ seenAt }: Pick<KnownGeneration, "seenAt">, now: number): boolean {
  return seenAt - now > OVERTAKING_MS;
}

export function createKnownGenerations(): KnownGenerations {
  const seen = new Map<string, KnownGeneration>();
  let writeCount = 0;
  return {
    get: (collection) => seen.get(collection),
    note(collection, knownGeneration, countAtRead) {
      if (countAtRead !== writeCount) return false;
      const known = seen.get(collection);
      const isTrusted = known !== undefined && !isFromFuture(known, knownGeneration.seenAt);
      if (isTrusted && knownGeneration.seenAt - known.seenAt < TRUSTED_MS) {
        const isOlder = knownGeneration.generation < known.generation;
        if (isOlder || (knownGeneration.generation === known.generation && knownGeneration.seenAt <= known.seenAt))
          return false;
      }
      seen.set(collection, knownGeneration);
      return true;
    },
    end() {
      writeCount += 1;
      seen.clear();
    },
    get writeCount() {
      return writeCount;
    },
  };
}
