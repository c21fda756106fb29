/**
 * The key sets of the issuers, as this isolate remembers them. However many requests come, and whatever they carry,
 * one fetch at a time goes to an issuer, and at most one in 30 seconds for keys that nobody knows; none where another
 * isolate has just been told the same. Age is counted from the fetch, whoever made it. Where an issuer does not answer,
 * the keys it had serve for a day. Fails closed: without keys nothing is believed.
 */
import type { Fetch } from "#core/contract/doors.ts";
import type { KeySet } from "#core/contract/settings.ts";
import { settledWithin } from "#core/data/within.ts";
import { fetchKeySet } from "./fetch-key-set.ts";
import type { ObtainedKeySet, SharedKeySets } from "./shared-key-sets.ts";

const FRESH_MS = 600_000;
const USABLE_MS = 86_400_000;
/** Between looks for an unknown key, and after a failure while there are keys to go on with. */
const PAUSE_MS = 30_000;
/** After a failure, while there is nothing to go on with. */
const COLD_PAUSE_MS = 5_000;
const TIMEOUT_MS = 3_000;

export interface KeySetQuestion {
  readonly uri: string;
  /** The key that is looked for. */
  readonly kid: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** What other isolates know. */
  readonly shared: SharedKeySets;
}

/** `isStale`: the issuer has not confirmed the keys for longer than it should. */
export type KeySetAnswer =
  | { readonly keySet: KeySet; readonly isStale: boolean }
  | { readonly failure: string; readonly retryAfterSeconds: number };

export type KeySets = (question: KeySetQuestion) => Promise<KeySetAnswer>;

interface Memory {
  obtained: ObtainedKeySet | undefined;
  /** When the issuer was last asked. What others know is no reason to ask it later. */
  attemptedAt: number;
  flight: { readonly landed: Promise<void>; readonly since: number } | undefined;
  failure: string;
}

/** A memory of key sets that looks them up through `fetch`, waiting at most `timeoutMs` (default 3 seconds) for each. */
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
        // Strangers who name keys that nobody has are not to make each isolate write.
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
      // A flight dies silently with the request that began it, so that none is waited for longer than it may take.
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

/** Whether the question is answered by what was obtained, and nobody has to be asked. */
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
