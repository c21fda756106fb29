import { describe, expect, it } from "vitest";
import { createKnownGenerations } from "#features/caching/edge/known-generations.ts";

const seen = (generation: number, seenAt: number) => ({ generation, changedAt: 0, seenAt });

describe("knownGenerations", () => {
  it("accept a later observation or a higher generation", () => {
    const knownGenerations = createKnownGenerations();
    expect(knownGenerations.note("products", seen(5, 1000), 0)).toBe(true);
    expect(knownGenerations.note("products", seen(5, 1000), 0)).toBe(false);
    expect(knownGenerations.note("products", seen(5, 1001), 0)).toBe(true);
    expect(knownGenerations.note("products", seen(6, 1001), 0)).toBe(true);
    expect(knownGenerations.get("products")).toEqual(seen(6, 1001));
    expect(knownGenerations.get("others")).toBeUndefined();
  });

  it("ignore a lagging replica, but accept a lower generation after a minute, as after a restore", () => {
    const knownGenerations = createKnownGenerations();
    knownGenerations.note("products", seen(6, 1000), 0);
    expect(knownGenerations.note("products", seen(5, 60_999), 0)).toBe(false);
    expect(knownGenerations.note("products", seen(5, 61_000), 0)).toBe(true);
  });

  it("with a time in the future are replaced by any later observation", () => {
    const knownGenerations = createKnownGenerations();
    knownGenerations.note("products", seen(6, 3_600_000), 0);
    expect(knownGenerations.note("products", seen(6, 3_595_000), 0)).toBe(false);
    expect(knownGenerations.note("products", seen(6, 3_594_999), 0)).toBe(true);
    expect(knownGenerations.get("products")).toEqual(seen(6, 3_594_999));
  });

  it("are removed by a write, including those still being read", () => {
    const knownGenerations = createKnownGenerations();
    knownGenerations.note("products", seen(6, 1000), 0);
    const { writeCount } = knownGenerations;
    knownGenerations.end();
    expect(knownGenerations.get("products")).toBeUndefined();
    expect(knownGenerations.note("products", seen(6, 1001), writeCount)).toBe(false);
    expect(knownGenerations.note("products", seen(7, 1001), knownGenerations.writeCount)).toBe(true);
  });
});
