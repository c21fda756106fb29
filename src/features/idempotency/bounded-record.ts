/**
 * Calls the record of a key with a time limit. Each call gets a new stub, because a reset object breaks its stubs. A
 * call that timed out can still take effect without harm: its lease expires unused, and a response that is stored late
 * is still the right one.
 */
import { within } from "#core/data/within.ts";
import type { Completion, Release, Verdict } from "./record.ts";

/** How long a request waits for each call. Much shorter than a lease. */
export const RECORD_TIMEOUT_MS = 5000;

/** The methods of a key's record. Times are epoch ms. */
export interface KeyRecord {
  claim(fingerprint: string, now: number): Promise<Verdict>;
  complete(completion: Completion): Promise<void>;
  release(ended: Release): Promise<void>;
}

/** Each call rejects if the record fails or does not respond within `RECORD_TIMEOUT_MS`. */
export function boundedRecord(find: () => KeyRecord): KeyRecord {
  return {
    claim: (fingerprint, now) => inTime(() => find().claim(fingerprint, now)),
    complete: (completion) => inTime(() => find().complete(completion)),
    release: (ended) => inTime(() => find().release(ended)),
  };
}

async function inTime<T>(call: () => Promise<T>): Promise<T> {
  const answered = await within(call(), RECORD_TIMEOUT_MS);
  if (answered === undefined) throw new Error("the record of the key did not answer in time");
  return answered.value;
}
