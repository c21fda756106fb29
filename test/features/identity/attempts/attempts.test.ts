import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Attempts, begin, FORGOTTEN_AFTER_MS, judge, takeBack } from "#features/identity/attempts/attempts.ts";

const thresholds = { challengeAfter: 5, waitAfter: 20 };
const NOW = 1_800_000_000_000;
const failed = (failures: number): Attempts => ({ failures, lastAt: NOW });

describe("judge", () => {
  it.each([
    [0, false, 0, "open"],
    [4, false, 0, "open"],
    [5, false, 0, "challenge"],
    [5, true, 0, "open"],
    [19, true, 0, "open"],
    [20, true, 0, "wait 1"],
    [20, false, 0, "wait 1"],
    [20, true, 999, "wait 1"],
    [20, true, 1000, "open"],
    [20, false, 1000, "challenge"],
    [21, true, 0, "wait 2"],
    [25, true, 0, "wait 32"],
    [29, true, 0, "wait 512"],
    [30, true, 0, "wait 900"],
    [2000, true, 0, "wait 900"],
    [2000, true, 900_000, "open"],
    [2000, false, FORGOTTEN_AFTER_MS - 1, "challenge"],
    [2000, false, FORGOTTEN_AFTER_MS, "open"],
  ])("after %i failures (challenge met: %s) and %i ms: %s", (failures, hasMet, elapsed, expected) => {
    const verdict = judge(failed(failures), thresholds, hasMet, NOW + elapsed);
    expect(verdict.outcome === "wait" ? `wait ${verdict.seconds}` : verdict.outcome).toBe(expected);
  });

  it("permits one attempt after a pause if no challenge can be solved", () => {
    const lapsing = { ...thresholds, challengeLapsesMs: 900_000 };
    expect(judge(failed(5), lapsing, false, NOW + 899_999).outcome).toBe("challenge");
    const { verdict, attempts } = begin(failed(5), lapsing, false, NOW + 900_000);
    expect(verdict.outcome).toBe("open");
    expect(judge(attempts, lapsing, false, NOW + 900_001).outcome).toBe("challenge");
  });

  it("permits an attempt after the wait that it returned", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(10_000_000), (failures, elapsed) => {
        const now = NOW + elapsed;
        const verdict = judge(failed(failures), thresholds, true, now);
        if (verdict.outcome !== "wait") return;
        expect(verdict.seconds).toBeLessThanOrEqual(900);
        expect(judge(failed(failures), thresholds, true, now + verdict.seconds * 1000)).toEqual({ outcome: "open" });
      }),
    );
  });
});

describe("begin", () => {
  it("counts an attempt when it starts", () => {
    expect(begin(undefined, thresholds, false, NOW).attempts).toEqual({ failures: 1, lastAt: NOW });
    expect(begin(failed(4), thresholds, false, NOW + 5).attempts).toEqual({ failures: 5, lastAt: NOW + 5 });
  });

  it("forgets attempts after a day", () => {
    const { attempts } = begin(failed(300), thresholds, false, NOW + FORGOTTEN_AFTER_MS);
    expect(attempts?.failures).toBe(1);
  });

  it("does not count a refused attempt, so that retries do not extend the wait", () => {
    expect(begin(failed(5), thresholds, false, NOW + 1).attempts).toEqual(failed(5));
    expect(begin(failed(25), thresholds, true, NOW + 1).attempts).toEqual(failed(25));
  });

  it("never permits more than its thresholds, however fast the attempts arrive", () => {
    let attempts: Attempts | undefined;
    let opened = 0;
    for (let call = 0; call < 1000; call += 1) {
      const next = begin(attempts, thresholds, true, NOW);
      attempts = next.attempts;
      if (next.verdict.outcome === "open") opened += 1;
    }
    expect(opened).toBe(20);
  });

  it("does not shorten a wait if the clock is behind", () => {
    expect(begin(failed(3), thresholds, false, NOW - 5000).attempts?.lastAt).toBe(NOW);
  });
});

describe("takeBack", () => {
  it.each([
    [undefined, undefined],
    [failed(1), undefined],
    [failed(2), failed(1)],
  ])("turns %o into %o", (attempts, left) => {
    expect(takeBack(attempts)).toEqual(left);
  });
});
