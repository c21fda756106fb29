import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  claim,
  complete,
  type IdempotencyState,
  LEASE_MS,
  LIFE_MS,
  release,
  type Verdict,
} from "#features/idempotency/record.ts";

const NOW = 1_000_000;
const ANSWER = new Uint8Array([1]);
const OTHER = new Uint8Array([2]);

function first(fingerprint = "a", now = NOW): IdempotencyState {
  return claim(undefined, fingerprint, now).state;
}

const done = (state: IdempotencyState | undefined, fence = 1, isCommitted = true, answer = ANSWER) =>
  complete(state, { fence, isCommitted, answer });

describe("a key", () => {
  it("lets the first request go on", () => {
    expect(claim(undefined, "a", NOW).verdict).toEqual({
      outcome: "execute",
      fence: 1,
      expiresAt: NOW + LIFE_MS,
      isRetry: false,
    });
  });

  it.each([
    ["the same request, at once", "a", 0, "in-progress"],
    ["the same request, before the lease ends", "a", LEASE_MS - 1, "in-progress"],
    ["the same request, when the lease has ended", "a", LEASE_MS, "execute"],
    ["another request, at once", "b", 0, "mismatch"],
    ["another request, when the lease has ended", "b", LEASE_MS, "mismatch"],
    ["another request, a day later", "b", LIFE_MS, "execute"],
  ])("in use meets %s", (_, fingerprint, later, outcome) => {
    expect(claim(first(), fingerprint, NOW + later).verdict.outcome).toBe(outcome);
  });

  it("tells whoever goes on after another that it is a retry, with a higher fence and the same end", () => {
    const { verdict } = claim(first(), "a", NOW + LEASE_MS);
    expect(verdict).toEqual({ outcome: "execute", fence: 2, expiresAt: NOW + LIFE_MS, isRetry: true });
  });

  it.each([
    ["replays to the same request", "a", LIFE_MS - 1, "replay"],
    ["refuses another", "b", LIFE_MS - 1, "mismatch"],
    ["is as good as new a day later", "a", LIFE_MS, "execute"],
    ["is as good as new a day later for another", "b", LIFE_MS, "execute"],
  ])("that is done %s", (_, fingerprint, later, outcome) => {
    expect(claim(done(first()), fingerprint, NOW + later).verdict.outcome).toBe(outcome);
  });

  it("begins each life anew, but for the fence", () => {
    const { verdict } = claim(done(first()), "b", NOW + LIFE_MS);
    expect(verdict).toEqual({ outcome: "execute", fence: 2, expiresAt: NOW + 2 * LIFE_MS, isRetry: false });
  });

  it("that is known to have done nothing is free for any request", () => {
    const freed = release(first(), { fence: 1, isCertain: true });
    expect(claim(freed, "b", NOW + 1).verdict).toMatchObject({ outcome: "execute", fence: 2, isRetry: false });
  });

  it("that may have done something is free for the same request alone, as a retry", () => {
    const ended = release(first(), { fence: 1, isCertain: false });
    expect(claim(ended, "a", NOW + 1).verdict).toMatchObject({ outcome: "execute", fence: 2, isRetry: true });
    expect(claim(ended, "b", NOW + 1).verdict.outcome).toBe("mismatch");
  });
});

describe("an attempt whose place another has taken", () => {
  const taken = claim(first(), "a", NOW + LEASE_MS).state;

  it("has its answer kept if it committed", () => {
    expect(claim(done(taken, 1), "a", NOW + LEASE_MS).verdict).toMatchObject({ outcome: "replay", answer: ANSWER });
  });

  it("has no say otherwise", () => {
    expect(done(taken, 1, false)).toBe(taken);
    expect(release(taken, { fence: 1, isCertain: true })).toBe(taken);
    expect(release(taken, { fence: 1, isCertain: false })).toBe(taken);
  });

  it("has none about a later life", () => {
    const anew = claim(taken, "b", NOW + LIFE_MS).state;
    expect(done(anew, 1)).toBe(anew);
    expect(done(anew, 2)).toBe(anew);
    expect(done(anew, 3)).toMatchObject({ state: "completed", fingerprint: "b" });
  });
});

describe("an answer", () => {
  it("is kept once", () => {
    const kept = done(first());
    expect(done(kept, 1, true, OTHER)).toBe(kept);
    expect(release(kept, { fence: 1, isCertain: true })).toBe(kept);
  });

  it("of a key that nobody knows any more is not kept", () => {
    expect(done(undefined)).toBeUndefined();
    expect(release(undefined, { fence: 1, isCertain: true })).toBeUndefined();
  });

  it("of an attempt that never was is not kept", () => {
    const state = first();
    expect(done(state, 7)).toBe(state);
  });
});

/** A world of attempts on one key: a database where at most one effect of a life can be, and the record. */
describe("whatever happens", () => {
  type Step =
    | { kind: "claim"; fingerprint: string }
    | { kind: "commit" | "complete" | "decide" | "release" | "fail"; attempt: number }
    | { kind: "wait"; ms: number };
  const attempt = fc.nat({ max: 5 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("claim" as const), fingerprint: fc.constantFrom("a", "b") }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          "commit" as const,
          "complete" as const,
          "decide" as const,
          "release" as const,
          "fail" as const,
        ),
        attempt,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, LEASE_MS, 3 * LEASE_MS) }),
    },
  );

  it("one effect at most, the answers are that of the effect, and no key is stuck beyond its lease", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state: IdempotencyState | undefined;
        let now = NOW;
        let bar = 0;
        const effects: { fence: number; fingerprint: string }[] = [];
        const attempts: { verdict: Extract<Verdict, { outcome: "execute" }>; fingerprint: string; isOver: boolean }[] =
          [];
        for (const taken of steps) {
          if (taken.kind === "wait") {
            now += taken.ms;
            continue;
          }
          if (taken.kind === "claim") {
            const { verdict, state: next } = claim(state, taken.fingerprint, now);
            state = next;
            if (verdict.outcome === "replay") {
              const decided = String.fromCharCode(verdict.answer[0] ?? 0);
              if (effects.length > 0) expect(decided).toBe("E");
            }
            if (verdict.outcome === "mismatch")
              expect(effects.every(({ fingerprint }) => fingerprint !== taken.fingerprint)).toBe(true);
            if (verdict.outcome !== "execute") continue;
            attempts.push({ verdict, fingerprint: taken.fingerprint, isOver: false });
            const live = attempts.at(-1);
            if (live === undefined) continue;
            if (!verdict.isRetry) expect(effects).toEqual([]);
            // A retry bars all before it, and finds what they did.
            else if (effects.length === 0) bar = verdict.fence;
            else {
              live.isOver = true;
              state = complete(state, { fence: verdict.fence, isCommitted: true, answer: new Uint8Array([69]) });
            }
            continue;
          }
          const live = attempts[taken.attempt];
          if (live === undefined || live.isOver) continue;
          const { fence } = live.verdict;
          const own = effects.some((effect) => effect.fence === fence);
          switch (taken.kind) {
            case "commit":
              if (effects.length === 0 && fence >= bar) effects.push({ fence, fingerprint: live.fingerprint });
              break;
            case "complete":
              if (!own) break;
              live.isOver = true;
              state = complete(state, { fence, isCommitted: true, answer: new Uint8Array([69]) });
              break;
            case "decide":
              if (own || effects.length > 0) break;
              live.isOver = true;
              // Whoever decides without an effect will have none.
              bar = Math.max(bar, state?.fence === fence ? fence + 1 : bar);
              state = complete(state, { fence, isCommitted: false, answer: new Uint8Array([68]) });
              break;
            case "release":
              if (own) break;
              live.isOver = true;
              state = release(state, { fence, isCertain: effects.length === 0 });
              break;
            case "fail":
              live.isOver = true;
              state = release(state, { fence, isCertain: false });
              break;
          }
        }
        expect(effects.length).toBeLessThanOrEqual(1);
        const last = claim(state, effects[0]?.fingerprint ?? attempts.at(-1)?.fingerprint ?? "a", now + LEASE_MS);
        if (effects.length > 0) expect(["replay", "execute"]).toContain(last.verdict.outcome);
        if (effects.length > 0 && last.verdict.outcome === "execute") expect(last.verdict.isRetry).toBe(true);
        expect(last.verdict.outcome).not.toBe("in-progress");
      }),
      { numRuns: 500 },
    );
  });
});
