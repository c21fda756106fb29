/**
 * Which generation each collection was seen at, and when: at the primary, so that no replica's lag adds to its age. A
 * sighting lets a read be answered without asking the database, for as long as its policy bears; a write of this location
 * ends all of them at once.
 */
import type { Generation } from "#core/data/generation.ts";

export interface Sighting extends Generation {
  /** Epoch ms, before the database was asked: the state was this one then, or later. */
  readonly seenAt: number;
  /** What D1 calls the history that it was seen in; undefined where it gave no name. */
  readonly bookmark?: string | undefined;
}

export interface Sightings {
  get(collection: string): Sighting | undefined;
  /**
   * Takes note of what was seen by who asked when `era` was the present one. What is older than what is known is of a
   * replica that lags behind, and is not taken.
   */
  note(collection: string, sighting: Sighting, era: number): boolean;
  /** Ends all sightings, also those that are being made. */
  end(): void;
  /** How often that has happened. */
  readonly era: number;
}

/** After that, even a replica that lagged behind knows better. */
const TRUSTED_MS = 60_000;

/** Requests overtake each other by less. What is seen later than that is of a clock that has been set back since. */
const OVERTAKING_MS = 5_000;

/** Whether it was seen so long after `now` (epoch ms) that nothing can be told of its age. */
export function isFromFuture({ seenAt }: Pick<Sighting, "seenAt">, now: number): boolean {
  return seenAt - now > OVERTAKING_MS;
}

export function rememberSightings(): Sightings {
  const seen = new Map<string, Sighting>();
  let era = 0;
  return {
    get: (collection) => seen.get(collection),
    note(collection, sighting, notedEra) {
      if (notedEra !== era) return false;
      const known = seen.get(collection);
      const isTrusted = known !== undefined && !isFromFuture(known, sighting.seenAt);
      if (isTrusted && sighting.seenAt - known.seenAt < TRUSTED_MS) {
        const isOlder = sighting.generation < known.generation;
        if (isOlder || (sighting.generation === known.generation && sighting.seenAt <= known.seenAt)) return false;
      }
      seen.set(collection, sighting);
      return true;
    },
    end() {
      era += 1;
      seen.clear();
    },
    get era() {
      return era;
    },
  };
}
