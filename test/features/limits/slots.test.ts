import { describe, expect, it } from "vitest";
import { countSlots } from "#features/limits/slots.ts";
import { countUnderWay } from "#features/limits/under-way.ts";

describe("slots", () => {
  it("are as many as there are, for each key, and free again when given back", () => {
    const slots = countSlots();
    const first = slots.take("a", 2, 0);
    expect(slots.take("a", 2, 0)).toBeDefined();
    expect(slots.take("a", 2, 0)).toBeUndefined();
    expect(slots.take("b", 2, 0)).toBeDefined();
    first?.();
    expect(slots.take("a", 2, 0)).toBeDefined();
    expect(slots.take("a", 2, 0)).toBeUndefined();
  });

  it("are free again in a little more than a minute where nobody gives them back, each for itself", () => {
    const slots = countSlots();
    expect(slots.take("a", 2, 1000)).toBeDefined();
    expect(slots.take("a", 2, 30_000)).toBeDefined();
    expect(slots.take("a", 2, 60_999)).toBeUndefined();
    expect(slots.take("a", 2, 70_000)).toBeDefined();
    expect(slots.take("a", 2, 70_000)).toBeUndefined();
  });

  it("which are given back later than that give nobody another", () => {
    const slots = countSlots();
    const late = slots.take("a", 1, 0);
    expect(slots.take("a", 1, 80_000)).toBeDefined();
    late?.();
    expect(slots.take("a", 1, 80_000)).toBeUndefined();
  });
});

describe("what is under way", () => {
  it("is counted as it begins and ends, over minutes", () => {
    const underWay = countUnderWay();
    const ends: (() => void)[] = [];
    for (let now = 0; now < 300_000; now += 100) {
      ends.push(underWay.begin(now));
      if (ends.length > 50) ends.shift()?.();
      expect(underWay.count(now)).toBe(Math.min(50, now / 100 + 1));
    }
    for (const end of ends) end();
    expect(underWay.isIdle()).toBe(true);
  });

  it("is forgotten where the clock steps back by more than a minute", () => {
    const underWay = countUnderWay();
    underWay.begin(1_000_000);
    expect(underWay.count(995_000)).toBe(1);
    expect(underWay.count(900_000)).toBe(0);
  });
});
