import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { giveBack, spend } from "#features/identity/attempts/allowance.ts";

const allowance = { most: 5, windowMs: 3_600_000 };

describe("spend", () => {
  it("returns the time until the next unit", () => {
    const times = [0, 600_000, 700_000, 800_000, 900_000];
    expect(spend(times, allowance, 1_000_000)).toEqual({ verdict: { outcome: "wait", seconds: 2600 }, times });
    expect(spend(times, allowance, 3_599_999).verdict).toEqual({ outcome: "wait", seconds: 1 });
    expect(spend(times, allowance, 3_600_000).verdict).toEqual({ outcome: "open" });
  });

  it("never permits more than the limit in any window", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_500_000), { maxLength: 60 }), (gaps) => {
        let now = 0;
        let times: readonly number[] = [];
        const given: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const next = spend(times, allowance, now);
          times = next.times;
          if (next.verdict.outcome === "open") given.push(now);
        }
        for (const start of given) {
          const within = given.filter((time) => time >= start && time < start + allowance.windowMs);
          expect(within.length).toBeLessThanOrEqual(allowance.most);
        }
      }),
    );
  });

  it("keeps only the times within the window", () => {
    expect(spend([0, 1, 2], allowance, 3_600_001).times).toEqual([2, 3_600_001]);
  });
});

describe("giveBack", () => {
  it("removes one time, even if several are equal", () => {
    expect(giveBack([1, 2, 2, 3], 2)).toEqual([1, 2, 3]);
    expect(giveBack([1, 2, 3], 4)).toEqual([1, 2, 3]);
  });
});
