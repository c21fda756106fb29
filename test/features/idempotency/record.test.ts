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
  it("is claimed by the first request", () => {
    expect(claim(undefined, "a", NOW).verdict).toEqual({
      outcome: "execute",
      fence: 1,
      expiresAt: NOW + LIFE_MS,
      isRetry: false,
    });
  });

  it.each([
    ["the same request, immediately", "a", 0, "in-progress"],
    ["the same request, before the lease ends", "a", LEASE_MS - 1, "in-progress"],
    ["the same request, after the lease ended", "a", LEASE_MS, "execute"],
    ["another request, immediately", "b", 0, "mismatch"],
    ["another request, after the lease ended", "b", LEASE_MS, "mismatch"],
    ["another request, a day later", "b", LIFE_MS, "execute"],
  ])("in use: %s", (_, fingerprint, later, outcome) => {
    expect(claim(first(), fingerprint, NOW + later).verdict.outcome).toBe(outcome);
  });

  it("marks a request after an expired lease as a retry, with a higher fence and the same expiry", () => {
    const { verdict } = claim(first(), "a", NOW + LEASE_MS);
    expect(verdict).toEqual({ outcome: "execute", fence: 2, expiresAt: NOW + LIFE_MS, isRetry: true });
  });

  it.each([
    ["is replayed for the same request", "a", LIFE_MS - 1, "replay"],
    ["is refused for another request", "b", LIFE_MS - 1, "mismatch"],
    ["is free a day later for the same request", "a", LIFE_MS, "execute"],
    ["is free a day later for another request", "b", LIFE_MS, "execute"],
  ])("that is completed %s", (_, fingerprint, later, outcome) => {
    expect(claim(done(first()), fingerprint, NOW + later).verdict.outcome).toBe(outcome);
  });

  it("starts a new life after its expiry, and only the fence continues", () => {
    const { verdict } = claim(done(first()), "b", NOW + LIFE_MS);
    expect(verdict).toEqual({ outcome: "execute", fence: 2, expiresAt: NOW + 2 * LIFE_MS, isRetry: false });
  });

  it("is free for any request if the attempt certainly had no effect", () => {
    const freed = release(first(), { fence: 1, isCertain: true });
    expect(claim(freed, "b", NOW + 1).verdict).toMatchObject({ outcome: "execute", fence: 2, isRetry: false });
  });

  it("is free only for the same request, as a retry, if the attempt may have had an effect", () => {
    const ended = release(first(), { fence: 1, isCertain: false });
    expect(claim(ended, "a", NOW + 1).verdict).toMatchObject({ outcome: "execute", fence: 2, isRetry: true });
    expect(claim(ended, "b", NOW + 1).verdict.outcome).toBe("mismatch");
  });
});

describe("an attempt that was replaced by a retry", () => {
  const taken = claim(first(), "a", NOW + LEASE_MS).state;

  it("has its response stored if it committed", () => {
    expect(claim(done(taken, 1), "a", NOW + LEASE_MS).verdict).toMatchObject({ outcome: "replay", answer: ANSWER });
  });

  it("changes nothing otherwise", () => {
    expect(done(taken, 1, false)).toBe(taken);
    expect(release(taken, { fence: 1, isCertain: true })).toBe(taken);
    expect(release(taken, { fence: 1, isCertain: false })).toBe(taken);
  });

  it("changes nothing in a later life of the key", () => {
    const anew = claim(taken, "b", NOW + LIFE_MS).state;
    expect(done(anew, 1)).toBe(anew);
    expect(done(anew, 2)).toBe(anew);
    expect(done(anew, 3)).toMatchObject({ state: "completed", fingerprint: "b" });
  });
});

describe("a response", () => {
  it("is stored once", () => {
    const kept = done(first());
    expect(done(kept, 1, true, OTHER)).toBe(kept);
    expect(release(kept, { fence: 1, isCertain: true })).toBe(kept);
  });

  it("of an unknown key is not stored", () => {
    expect(done(undefined)).toBeUndefined();
    expect(release(undefined, { fence: 1, isCertain: true })).toBeUndefined();
  });

  it("of an unknown attempt is not stored", () => {
    const state = first();
    expect(done(state, 7)).toBe(state);
  });
});

/** A model: a database with at most one effect in each life of one key, its attempts, and the record. */
describe("any sequence of attempts", () => {
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

  it("has at most one effect and replays its response, and no key is blocked longer than its lease", () => {
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
            // A retry blocks all earlier attempts and finds their effect.
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
              // An attempt that responds without an effect blocks its own effect.
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
