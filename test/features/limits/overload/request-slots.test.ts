import { describe, expect, it } from "vitest";
import { createActiveRequests } from "#features/limits/overload/active-requests.ts";
import { createRequestSlots } from "#features/limits/overload/request-slots.ts";

describe("slots", () => {
  it("are limited for each key, and free again when released", () => {
    const slots = createRequestSlots();
    const first = slots.acquire("a", 2, 0);
    expect(slots.acquire("a", 2, 0)).toBeDefined();
    expect(slots.acquire("a", 2, 0)).toBeUndefined();
    expect(slots.acquire("b", 2, 0)).toBeDefined();
    first?.();
    expect(slots.acquire("a", 2, 0)).toBeDefined();
    expect(slots.acquire("a", 2, 0)).toBeUndefined();
  });

  it("are free again a little more than a minute later if they are never released", () => {
    const slots = createRequestSlots();
    expect(slots.acquire("a", 2, 1000)).toBeDefined();
    expect(slots.acquire("a", 2, 30_000)).toBeDefined();
    expect(slots.acquire("a", 2, 60_999)).toBeUndefined();
    expect(slots.acquire("a", 2, 70_000)).toBeDefined();
    expect(slots.acquire("a", 2, 70_000)).toBeUndefined();
  });

  it("that are released later than that do not free another slot", () => {
    const slots = createRequestSlots();
    const late = slots.acquire("a", 1, 0);
    expect(slots.acquire("a", 1, 80_000)).toBeDefined();
    late?.();
    expect(slots.acquire("a", 1, 80_000)).toBeUndefined();
  });
});

describe("active requests", () => {
  it("are counted as they begin and end, over minutes", () => {
    const active = createActiveRequests();
    const ends: (() => void)[] = [];
    for (let now = 0; now < 300_000; now += 100) {
      ends.push(active.begin(now));
      if (ends.length > 50) ends.shift()?.();
      expect(active.count(now)).toBe(Math.min(50, now / 100 + 1));
    }
    for (const end of ends) end();
    expect(active.isIdle()).toBe(true);
  });

  it("are forgotten if the clock steps back by more than a minute", () => {
    const active = createActiveRequests();
    active.begin(1_000_000);
    expect(active.count(995_000)).toBe(1);
    expect(active.count(900_000)).toBe(0);
  });
});
