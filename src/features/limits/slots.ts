/**
 * How many requests of one principal are worked on at a time. Counted in one isolate, since what it protects is the
 * isolate's own memory and time, and asking another object would cost each request more than the cap is worth: a
 * principal whose requests reach n isolates can have n times as many. A slot is free again when the answer is made, and
 * where none ever is, in little more than a minute.
 */
import { countUnderWay, LONGEST_MS, type UnderWay } from "./under-way.ts";

export interface Slots {
  /** Takes a slot at `now`, in epoch ms, which the function that it gives frees; undefined where none is left. */
  take(key: string, most: number, now: number): (() => void) | undefined;
}

export function countSlots(): Slots {
  const taken = new Map<string, UnderWay>();
  let sweptAt = Number.NEGATIVE_INFINITY;

  /** Whoever never gave a slot back, and came no more, is not kept. */
  function sweep(now: number): void {
    if (Math.abs(now - sweptAt) < LONGEST_MS) return;
    sweptAt = now;
    for (const [key, ofKey] of taken) if (ofKey.count(now) === 0) taken.delete(key);
  }

  return {
    take(key, most, now) {
      sweep(now);
      const ofKey = taken.get(key) ?? countUnderWay();
      if (ofKey.count(now) >= most) return undefined;
      taken.set(key, ofKey);
      const end = ofKey.begin(now);
      return () => {
        end();
        if (ofKey.isIdle() && taken.get(key) === ofKey) taken.delete(key);
      };
    },
  };
}
