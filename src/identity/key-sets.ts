/**
 * The key sets of the issuers, as this isolate remembers them. However many requests come, and whatever they carry,
 * one fetch at a time goes to an issuer, and at most one in 30 seconds for keys that nobody knows. Where an issuer
 * does not answer, the keys it had serve for a day. Fails closed: without keys nothing is believed.
 */
import type { Fetch } from "../contract/doors.ts";
import type { KeySet } from "../contract/settings.ts";
import { fetchKeySet } from "./fetch-key-set.ts";

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
}

/** `isStale`: the issuer has not confirmed the keys for longer than it should. */
export type KeySetAnswer =
  | { readonly keySet: KeySet; readonly isStale: boolean }
  | { readonly failure: string; readonly retryAfterSeconds: number };

export type KeySets = (question: KeySetQuestion) => Promise<KeySetAnswer>;

interface Memory {
  obtained: { readonly keySet: KeySet; readonly at: number } | undefined;
  attemptedAt: number;
  flight: Promise<void> | undefined;
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

  async function look(memory: Memory, uri: string, now: number): Promise<void> {
    const result = await fetchKeySet(fetch, uri, timeoutMs);
    if ("keySet" in result) memory.obtained = { keySet: result.keySet, at: now };
    memory.failure = "failure" in result ? result.failure : "";
    memory.flight = undefined;
  }

  return async function keySetOf({ uri, kid, now }) {
    const memory = memoryOf(uri);
    if (needsLook(memory, kid, now)) {
      // A flight dies silently with the request that began it, so that none is waited for longer than it may take.
      if (memory.flight === undefined || now - memory.attemptedAt > 2 * timeoutMs) {
        memory.attemptedAt = now;
        memory.failure = "no answer";
        memory.flight = look(memory, uri, now);
      }
      await settledWithin(memory.flight, 2 * timeoutMs);
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
  const obtained = usable(memory, now);
  const isKnown = obtained?.keySet.keys.some((key) => key.kid === kid) === true;
  if (obtained !== undefined && isKnown && now - obtained.at <= FRESH_MS) return false;
  if (memory.flight !== undefined) return true;
  return now - memory.attemptedAt >= (obtained === undefined ? COLD_PAUSE_MS : PAUSE_MS);
}

function usable(memory: Memory, now: number): Memory["obtained"] {
  return memory.obtained !== undefined && now - memory.obtained.at <= USABLE_MS ? memory.obtained : undefined;
}

async function settledWithin(flight: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([flight, timeout]);
  clearTimeout(timer);
}
