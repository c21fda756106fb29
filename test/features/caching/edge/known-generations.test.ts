import { describe, expect, it } from "vitest";
import { createKnownGenerations } from "#features/caching/edge/known-generations.ts";

const seen = (generation: number, seenAt: number) => ({ generation, changedAt: 0, seenAt });

describe("knownGenerations", () => {
  it("go forward: a later look, or a later state", () => {
    const knownGenerations = createKnownGenerations();
    expect(knownGenerations.note("products", seen(5, 1000), 0)).toBe(true);
    expect(knownGenerations.note("products", seen(5, 1000), 0)).toBe(false);
    expect(knownGenerations.note("products", seen(5, 1001), 0)).toBe(true);
    expect(knownGenerations.note("products", seen(6, 1001), 0)).toBe(true);
    expect(knownGenerations.get("products")).toEqual(seen(6, 1001));
    expect(knownGenerations.get("others")).toBeUndefined();
  });

  it("do not go back to what a replica that lags behind says, but after a minute to what was restored", () => {
    const knownGenerations = createKnownGenerations();
    knownGenerations.note("products", seen(6, 1000), 0);
    expect(knownGenerations.note("products", seen(5, 60_999), 0)).toBe(false);
    expect(knownGenerations.note("products", seen(5, 61_000), 0)).toBe(true);
  });

  it("give way to any that comes after them when they are from a clock that was ahead", () => {
    const knownGenerations = createKnownGenerations();
    knownGenerations.note("products", seen(6, 3_600_000), 0);
    expect(knownGenerations.note("products", seen(6, 3_595_000), 0)).toBe(false);
    expect(knownGenerations.note("products", seen(6, 3_594_999), 0)).toBe(true);
    expect(knownGenerations.get("products")).toEqual(seen(6, 3_594_999));
  });

  it("end with a write, those too that are being made", () => {
    const knownGenerations = createKnownGenerations();
    knownGenerations.note("products", seen(6, 1000), 0);
    const { era } = knownGenerations;
    knownGenerations.end();
    expect(knownGenerations.get("products")).toBeUndefined();
    expect(knownGenerations.note("products", seen(6, 1001), era)).toBe(false);
    expect(knownGenerations.note("products", seen(7, 1001), knownGenerations.era)).toBe(true);
  });
});
