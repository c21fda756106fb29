import fc from "fast-check";
import { parseList } from "structured-headers";
import { describe, expect, it } from "vitest";
import { limitHeaders, retryAfterSeconds } from "#features/limits/headers.ts";
import { ATTEMPTS, PLANS } from "#features/limits/policy/policies.ts";
import type { BucketPolicy } from "#features/limits/policy/policy.ts";

const NOW = 1_795_337_324_000;
const { rate } = PLANS.free;

describe("the headers", () => {
  it("show the first limit in X-RateLimit-*, and all of them in RateLimit", () => {
    const shown = [
      { policy: rate, remaining: 42, resetMs: NOW + 5750, retryAfterMs: 0 },
      { policy: ATTEMPTS.login, remaining: 0, resetMs: NOW + 60_000, retryAfterMs: 12_001 },
    ];
    expect(limitHeaders(shown, NOW)).toEqual({
      "X-RateLimit-Limit": "100",
      "X-RateLimit-Remaining": "42",
      "X-RateLimit-Reset": "1795337330",
      "RateLimit-Policy": '"default";q=100;w=10, "login";q=60;w=60',
      RateLimit: '"default";r=42;t=1, "login";r=0;t=13',
    });
  });

  it("have no `t` above Retry-After, also if the response took long", () => {
    const shown = { policy: rate, remaining: 0, resetMs: NOW + 11_900, retryAfterMs: 950 };
    expect(limitHeaders([shown], NOW)["RateLimit"]).toBe('"default";r=0;t=1');
    expect(limitHeaders([{ ...shown, retryAfterMs: 0 }], NOW)["RateLimit"]).toBe('"default";r=0;t=2');
  });

  it("are absent if nothing is known", () => {
    expect(limitHeaders([], NOW)).toEqual({});
  });

  it.each([
    [0, 1],
    [1, 1],
    [1000, 1],
    [1001, 2],
  ])("a wait of %i ms is %i s", (ms, seconds) => {
    expect(retryAfterSeconds(ms)).toBe(seconds);
  });

  it("are structured fields of whole numbers, for any bucket", () => {
    const policies = fc.record<BucketPolicy>({
      name: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
      capacity: fc.integer({ min: 1, max: 1_000_000_000 }),
      refillPerSecond: fc.double({ min: 1e-4, max: 1e6, noNaN: true }),
      mode: fc.constant("leased" as const),
      whenUnavailable: fc.constant("open" as const),
      shadow: fc.constant(false),
    });
    fc.assert(
      fc.property(policies, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(999), (policy, share, ms) => {
        const level = policy.capacity * share;
        const now = NOW + ms;
        const resetMs = now + ((policy.capacity - level) / policy.refillPerSecond) * 1000;
        const shown = { policy, remaining: Math.floor(level), resetMs, retryAfterMs: 0 };
        const headers = limitHeaders([shown], now);
        const [item] = parseList(headers["RateLimit"] ?? "");
        const [quota] = parseList(headers["RateLimit-Policy"] ?? "");
        expect(item?.[1].get("r")).toBe(Math.floor(level));
        expect(Number.isInteger(item?.[1].get("t"))).toBe(true);
        expect(quota?.[1].get("q")).toBe(policy.capacity);
        expect(Number.isInteger(quota?.[1].get("w"))).toBe(true);
        // The reset is rounded up, by less than a second.
        expect(Number(headers["X-RateLimit-Reset"]) * 1000 - resetMs).toBeGreaterThanOrEqual(0);
        expect(Number(headers["X-RateLimit-Reset"]) * 1000 - resetMs).toBeLessThan(1000);
        // `t` is at most a second longer than the wait for one token.
        const missingMs = ((Math.floor(level) + 1 - level) / policy.refillPerSecond) * 1000;
        if (level < policy.capacity) {
          expect(Number(item?.[1].get("t"))).toBeLessThanOrEqual(Math.ceil(missingMs / 1000 + 1e-6) + 1);
        }
      }),
    );
  });
});
