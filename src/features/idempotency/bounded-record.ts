/**
 * The record of a key as a request asks it: each call finds the object anew, since one that was reset leaves its stub
 * broken, and waits for a bounded time. A call that was given up may still be carried out: a lease that nobody knows of
 * ends by itself, and an answer that is kept late is the right one.
 */
import { within } from "#core/data/within.ts";
import type { Completion, Release, Verdict } from "./record.ts";

/** How long a request waits for its record, at each call. Far less than a lease. */
export const RECORD_TIMEOUT_MS = 5000;

/** The calls of a key's record. Times are epoch ms. */
export interface KeyRecord {
  claim(fingerprint: string, now: number): Promise<Verdict>;
  complete(completion: Completion): Promise<void>;
  release(ended: Release): Promise<void>;
}

/** Each call rejects when the record fails, or has not answered within RECORD_TIMEOUT_MS. */
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
