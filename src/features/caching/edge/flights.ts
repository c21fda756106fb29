/**
 * Request collapsing: one request makes an entry while others for the same entry wait. The result is passed on as plain
 * data, because requests must not share streams. A flight ends with the request that began it. A waiting request that
 * times out makes the entry itself.
 */
import { settledWithin } from "#core/data/within.ts";
import type { Entry } from "./entry.ts";

const WAIT_MS = 2_000;

/** Undefined if the flight produced nothing that can be shared. */
export type Landing = Entry | undefined;

export interface Flights {
  /** The result of the flight for `key` that began at about `now` (epoch ms); undefined if there is none. */
  join(key: string, now: number): Promise<Landing> | undefined;
  /** Begins a flight and returns the function that ends it. */
  begin(key: string, now: number): (landing: Landing) => void;
}

export function collapseFlights(): Flights {
  const underWay = new Map<string, { readonly promise: Promise<Landing>; readonly startedAt: number }>();
  return {
    join(key, now) {
      const flight = underWay.get(key);
      // A flight whose request was aborted never ends.
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
