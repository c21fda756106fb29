/**
 * One request at a time makes an entry; others for the same wait for it. What the first one learns is handed over as
 * plain data, since requests must not share streams. A flight ends with the request that began it, and whoever has
 * waited long enough goes by itself.
 */
import { settledWithin } from "#core/data/within.ts";
import type { Entry } from "./entry.ts";

const WAIT_MS = 2_000;

/** Undefined: nothing came of it that could be shared. */
export type Landing = Entry | undefined;

export interface Flights {
  /** What is under way for `key` since `now` (epoch ms) or not much earlier; undefined: nothing. */
  join(key: string, now: number): Promise<Landing> | undefined;
  /** Begins one, and gives what ends it. */
  begin(key: string, now: number): (landing: Landing) => void;
}

export function collapseFlights(): Flights {
  const underWay = new Map<string, { readonly promise: Promise<Landing>; readonly startedAt: number }>();
  return {
    join(key, now) {
      const flight = underWay.get(key);
      // One whose request is gone never lands.
      if (flight === undefined || Math.abs(now - flight.startedAt) > WAIT_MS) return undefined;
      return settledWithin(flight.promise, WAIT_MS);
    },
    begin(key, startedAt) {
      const { promise, resolve } = Promise.withResolvers<Landing>();
      const flight = { promise, startedAt };
      underWay.set(key, flight);
      return (landing) => {
        if (underWay.get(key) === flight) underWay.delete(key);
        resolve(landing);
      };
    },
  };
}
