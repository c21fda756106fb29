import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BucketRule } from "#features/limits/bucket/messages.ts";
import { LEASE_TTL_MS } from "#features/limits/isolate/isolate-bucket.ts";
import { ISOLATES, RUSHING, run, type Step } from "../support/bound-run.ts";

const isolate = fc.nat(ISOLATES - 1);
const delay = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 0, 0, 1, 40) },
  { weight: 1, arbitrary: fc.nat(6000) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("request" as const),
      isolate,
      cost: fc.constantFrom(1, 1, 1, 2, 5),
      demand: fc.constantFrom(0, 10, 60, 60),
      times: fc.constantFrom(1, 8, 8, 40, 200),
      there: delay,
      back: delay,
      lost: fc.constantFrom("none" as const, "none" as const, "none" as const, "request" as const, "response" as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("rush" as const), first: isolate }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, 7, 50, 99, 100, 333, 1000, 1999, 2000, 2500, 4001, 9000, 60_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), isolate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("evict" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("quiet" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("clock" as const),
      isolate,
      by: fc.integer({ min: -10_000, max: 10_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("hidden step back" as const),
      isolate,
      by: fc.integer({ min: 1, max: LEASE_TTL_MS }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("object's clock" as const), by: fc.integer({ min: -10_000, max: -1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("give back" as const), isolate }) },
);

const rate: fc.Arbitrary<BucketRule> = fc.record({
  capacity: fc.constantFrom(1, 5, 7, 20, 20, 100),
  refillPerSecond: fc.constantFrom(0.1, 1 / 3, 1, 10, 33.3, 500),
});

/** A bucket that takes an hour or more to fill, of which quiet clients get leases too. */
const quota: fc.Arbitrary<BucketRule> = fc.constantFrom(
  { capacity: 1000, refillPerSecond: 0.25 },
  { capacity: 5000, refillPerSecond: 1 },
);

const rule = fc.oneof({ weight: 5, arbitrary: rate }, { weight: 1, arbitrary: quota });

/** One isolate leases. Around the end of its lease, all isolates spend what they have and take more at once. */
const ageing: fc.Arbitrary<Step[]> = fc
  .record({
    demand: fc.constantFrom(5, 20, 60),
    wait: fc.constantFrom(1900, 2000, 2100, 3900, 3999, 4000, 4100, 6000),
    hidden: fc.constantFrom(0, 0, LEASE_TTL_MS - 1, LEASE_TTL_MS),
    stepBack: fc.constantFrom(0, 0, -5000),
    event: fc.constantFrom("none" as const, "evict" as const, "quiet" as const),
    later: fc.constantFrom(0, 100, 2000),
  })
  .map(({ demand, wait, hidden, stepBack, event, later }) => [
    { ...RUSHING, demand },
    { ...RUSHING, demand },
    ...(event === "none" ? [] : [{ kind: event }]),
    { kind: "wait", ms: wait },
    stepBack === 0 ? { kind: "hidden step back", isolate: 0, by: hidden } : { kind: "clock", isolate: 0, by: stepBack },
    { kind: "rush", first: 1 },
    { kind: "wait", ms: later },
    { kind: "rush", first: 0 },
  ]);

const steps = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.array(step, { maxLength: 20 }) }, { weight: 1, arbitrary: ageing }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.flat());

describe("the bound", () => {
  it("holds over any window: isolates, leases, clock steps, lost messages, crashes, evictions", () => {
    let admitted = 0;
    fc.assert(
      fc.property(rule, steps, (rule, steps) => {
        const result = run(rule, steps);
        admitted += result.admitted;
        expect(result.broken).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
    expect(admitted).toBeGreaterThan(10_000);
  }, 60_000);
});
