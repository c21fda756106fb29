/**
 * The issuers' key sets, as this isolate caches them. Per issuer at most one fetch runs at a time, and at most one in
 * 30 seconds for unknown keys, regardless of the requests. No fetch runs if another isolate has just shared the same
 * set. Age counts from the fetch, in whichever isolate it ran. If an issuer does not respond, its known keys stay valid
 * for a day after they were fetched. Fails closed: without keys no token is accepted.
 */
import type { Fetch } from "#core/contract/dependencies.ts";
import type { KeySet } from "#core/contract/settings.ts";
import { settledWithin } from "#core/data/within.ts";
import { fetchKeySet } from "./fetch-key-set.ts";
import type { ObtainedKeySet, SharedKeySets } from "./shared-key-sets.ts";

const FRESH_MS = 600_000;
const USABLE_MS = 86_400_000;
/** The pause between fetches for an unknown key, and after a failure while known keys are usable. */
const PAUSE_MS = 30_000;
/** The pause after a failure while no key is known. */
const COLD_PAUSE_MS = 5_000;
const TIMEOUT_MS = 3_000;

export interface KeySetQuestion {
  readonly uri: string;
  /** The id of the requested key. */
  readonly kid: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The key sets that isolates share. */
  readonly shared: SharedKeySets;
}

/** `isStale`: the issuer has not confirmed the keys for longer than expected. */
export type KeySetAnswer =
  | { readonly keySet: KeySet; readonly isStale: boolean }
  | { readonly failure: string; readonly retryAfterSeconds: number };

export type KeySets = (question: KeySetQuestion) => Promise<KeySetAnswer>;

interface Memory {
  obtained: ObtainedKeySet | undefined;
  /** The time of the last fetch. Sets from other isolates do not delay the next one. */
  attemptedAt: number;
  flight: { readonly landed: Promise<void>; readonly since: number } | undefined;
  failure: string;
}

/** A cache of key sets that loads them through `fetch`, with a timeout of `timeoutMs` (default 3 seconds) for each. */
export function rememberKeySets(fetch: Fetch, timeoutMs = TIMEOUT_MS): KeySets {
  const memories = new Map<string, Memory>();

  function memoryOf(uri: string): Memory {
    const known = memories.get(uri);
    if (known !== undefined) return known;
    const made = { obtained: undefined, attemptedAt: Number.NEGATIVE_INFINITY, flight: undefined, failure: "" };
    memories.set(uri, made);
    return made;
  }

  async function look(memory: Memory, { uri, kid, now, shared }: KeySetQuestion): Promise<void> {
    const known = await shared.read(uri);
    if (known !== undefined && known.at > (memory.obtained?.at ?? Number.NEGATIVE_INFINITY)) memory.obtained = known;
    if (!answers(memory.obtained, kid, now)) {
      memory.attemptedAt = now;
      const result = await fetchKeySet(fetch, uri, timeoutMs);
      if ("keySet" in result) {
        memory.obtained = { keySet: result.keySet, at: now };
        // Requests with invented key ids must not cause a write in each isolate.
        if (!isFresh(known, now) || !isSame(known, memory.obtained)) shared.tell(uri, memory.obtained);
      }
      memory.failure = "failure" in result ? result.failure : "";
    }
    memory.flight = undefined;
  }

  return async function keySetOf(question) {
    const { uri, kid, now } = question;
    const memory = memoryOf(uri);
    if (needsLook(memory, kid, now)) {
      // A fetch dies silently with the request that started it, so requests wait for it no longer than its maximum
      // duration.
      if (memory.flight === undefined || now - memory.flight.since > 2 * timeoutMs) {
        memory.failure = "no answer";
        memory.flight = { landed: look(memory, question), since: now };
      }
      await settledWithin(memory.flight.landed, 2 * timeoutMs);
    }
    const obtained = usable(memory, now);
    if (obtained === undefined) {
      const waitMs = memory.attemptedAt + COLD_PAUSE_MS - now;
      return { failure: memory.failure, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
    }
    return { keySet: obtained.keySet, isStale: now - obtained.at > FRESH_MS };
  };
}

function needsLook(memory: Memory, kid: string, now: number): boolean {
  if (answers(memory.obtained, kid, now)) return false;
  if (memory.flight !== undefined) return true;
  return now - memory.attemptedAt >= (usable(memory, now) === undefined ? COLD_PAUSE_MS : PAUSE_MS);
}

/** Whether the cached set resolves the lookup without a fetch. */
function answers(obtained: Memory["obtained"], kid: string, now: number): boolean {
  return isFresh(obtained, now) && obtained.keySet.keys.some((key) => key.kid === kid);
}

function isFresh(obtained: Memory["obtained"], now: number): obtained is ObtainedKeySet {
  return obtained !== undefined && now - obtained.at <= FRESH_MS;
}

function isSame(one: ObtainedKeySet, other: ObtainedKeySet): boolean {
  return JSON.stringify(one.keySet) === JSON.stringify(other.keySet);
}

function usable(memory: Memory, now: number): Memory["obtained"] {
  return memory.obtained !== undefined && now - memory.obtained.at <= USABLE_MS ? memory.obtained : undefined;
}
