/**
 * A cap on the concurrent requests of each principal. Each isolate counts by itself, to protect its own memory and time:
 * a principal whose requests reach n isolates can have n times as many. A slot is free again when its request ends, and
 * a little more than a minute later at the latest.
 */
import { type ActiveRequests, createActiveRequests, MAX_ACTIVE_MS } from "./active-requests.ts";

export interface RequestSlots {
  /** Takes one of `max` slots at `now` (epoch ms). Returns the function that frees it; undefined if none is left. */
  acquire(key: string, max: number, now: number): (() => void) | undefined;
}

export function createRequestSlots(): RequestSlots {
  const active = new Map<string, ActiveRequests>();
  let sweptAt = Number.NEGATIVE_INFINITY;

  /** Forgets keys whose requests never ended and whose client did not return. */
  function sweep(now: number): void {
    if (Math.abs(now - sweptAt) < MAX_ACTIVE_MS) return;
    sweptAt = now;
    for (const [key, ofKey] of active) if (ofKey.count(now) === 0) active.delete(key);
  }

  return {
    acquire(key, max, now) {
      sweep(now);
      const ofKey = active.get(key) ?? createActiveRequests();
      if (ofKey.count(now) >= max) return undefined;
      active.set(key, ofKey);
      const end = ofKey.begin(now);
      return () => {
        end();
        if (ofKey.isIdle() && active.get(key) === ofKey) active.delete(key);
      };
    },
  };
}
