/** Rate limits with their real Durable Objects, which use their own clock, and the operator's endpoints for limits. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { createLimiter } from "#features/limits/limiter.ts";
import { findObject } from "#features/limits/object/find-object.ts";
import { OVERRIDES_KEY } from "#features/limits/policy/overrides.ts";
import { numberIn, principalNamed, remainingIn, withCredentials } from "../support/limited.ts";
import { problemOf } from "../support/requests.ts";
import { type Service, START, startService } from "../support/service.ts";

const READ = "/.well-known/api-catalog";

const admin = principalNamed("admin", { roles: ["admin"], scopes: ["admin"], authenticatedAt: START });

function startReal(as?: Principal, bindings: Partial<Env> = {}): Service {
  const limiter = (now: () => number) => createLimiter(now, findObject);
  return as === undefined ? startService({ limiter }) : withCredentials(startService({ as, limiter, bindings }));
}

describe("a bucket in its object", () => {
  it("B06 admits at least its capacity of simultaneous requests, and at most capacity plus refill", async () => {
    const isolates = [1, 2, 3, 4].map(() => startReal(principalNamed("crowd")));
    const begin = performance.now();
    const responses = await Promise.all(
      isolates.flatMap((service) => Array.from({ length: 75 }, () => service.fetch(READ))),
    );
    const seconds = (performance.now() - begin) / 1000;
    const admitted = responses.filter(({ status }) => status === 200).length;
    expect(admitted).toBeGreaterThanOrEqual(100);
    expect(admitted).toBeLessThanOrEqual(100 + Math.ceil(10 * seconds));
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(300 - admitted);
  });

  it("B13 reports its state without taking tokens, and includes what other isolates took", async () => {
    const [one, other] = [startReal(principalNamed("two")), startReal(principalNamed("two"))];
    for (let count = 0; count < 5; count += 1) await one.fetch(READ);
    const first = remainingIn(await other.fetch("/v1/rate-limit"));
    const second = remainingIn(await other.fetch("/v1/rate-limit"));
    expect(first).toBeLessThanOrEqual(99);
    expect(second).toBeGreaterThanOrEqual(first);
  });

  it("B02 returns the address's limits to an anonymous caller", async () => {
    expect(remainingIn(await startReal().fetch(READ))).toBe(89);
  });
});

describe("an operator", () => {
  afterEach(() => env.LIMITS.delete(OVERRIDES_KEY));

  const operator = startReal(admin);
  const send = (path: string, body: unknown) =>
    operator.fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });

  interface Standing {
    readonly policy: string;
    readonly limit: number;
    readonly remaining: number;
  }

  async function limitsOf(key: string): Promise<Standing[]> {
    const response = await operator.fetch(`/v1/limits?${new URLSearchParams({ key })}`);
    expect(response.status).toBe(200);
    return (await response.json<{ limits: Standing[] }>()).limits;
  }

  it("reads the limits of an account and resets them", async () => {
    const service = startReal(principalNamed("greedy"));
    while ((await service.fetch(READ)).status === 200);
    const [used] = await limitsOf("user:user_greedy");
    expect(used?.policy).toBe("default");
    expect(used?.remaining).toBeLessThan(20);
    expect((await send("/v1/limit-resets", { key: "user:user_greedy" })).status).toBe(200);
    const [rate, ...quotas] = await limitsOf("user:user_greedy");
    expect(rate).toMatchObject({ policy: "default", remaining: 100 });
    expect(quotas.map(({ policy }) => policy)).toEqual(["free-day", "free-month"]);
    // Except for outstanding leases.
    for (const { limit, remaining } of quotas) expect(remaining).toBeGreaterThanOrEqual(limit - 50);
    expect((await startReal(principalNamed("greedy")).fetch(READ)).status).toBe(200);
  });

  it("reads the limits of an address, including those of attempts", async () => {
    const policies = (await limitsOf("2001:db8::1")).map(({ policy, limit, remaining }) => [policy, limit - remaining]);
    expect(policies).toEqual([
      ["anonymous", 0],
      ["anonymous-56", 0],
      ["anonymous-48", 0],
      ["address", 0],
      ["address-56", 0],
      ["address-48", 0],
      ["login", 0],
      ["token", 0],
      ["sign-up", 0],
      ["confirm", 0],
      ["reset", 0],
    ]);
  });

  it("changes a policy without a deploy, reads the change and removes it", async () => {
    const change = { policy: "default", capacity: 200, refill_per_second: 20 };
    const changed = await send("/v1/limit-changes", change);
    expect([changed.status, await changed.json()]).toEqual([200, { changes: [change] }]);
    const both = await send("/v1/limit-changes", { policy: "login", shadow: true });
    expect(await both.json()).toEqual({ changes: [change, { policy: "login", shadow: true }] });
    expect(numberIn(await startReal(principalNamed("new")).fetch(READ), "X-RateLimit-Limit")).toBe(200);
    await send("/v1/limit-changes", { policy: "login" });
    await send("/v1/limit-changes", { policy: "default" });
    expect(await (await operator.fetch("/v1/limit-changes")).json()).toEqual({ changes: [] });
  });

  it("raises a limit, and a new isolate without the override does not reduce it", async () => {
    await send("/v1/limit-changes", { policy: "default", capacity: 1000, refill_per_second: 100 });
    const account = principalNamed("raised");
    await startReal(account).fetch(READ);
    const isolate = startReal(account);
    await Promise.all(Array.from({ length: 10 }, () => isolate.fetch(READ)));
    const withoutKv = startReal(account, { LIMITS: { get: () => Promise.reject(new Error("no KV")) } as never }); // only this method is called
    expect((await withoutKv.fetch(READ)).status).toBe(200);
    const [rate] = await limitsOf("user:user_raised");
    expect(rate?.remaining).toBeGreaterThan(900);
  });

  it("cannot change a policy beyond its bounds", async () => {
    const response = await send("/v1/limit-changes", { policy: "default", capacity: 1001 });
    expect(response.status).toBe(422);
    expect((await problemOf(response)).detail).toContain("default.capacity: must be from 10 to 1000");
    expect(await env.LIMITS.get(OVERRIDES_KEY)).toBeNull();
  });

  it.each(["GET /v1/limits", "POST /v1/limit-resets", "GET /v1/limit-changes", "POST /v1/limit-changes"])(
    "must be an administrator: %s",
    async (operation) => {
      const [method = "", path = ""] = operation.split(" ");
      for (const roles of [["customer"], ["staff"]]) {
        const service = startReal(principalNamed("other", { roles, scopes: ["admin"], authenticatedAt: START }));
        expect((await service.fetch(path, { method })).status).toBe(403);
      }
      expect((await startReal().fetch(path, { method })).status).toBe(401);
    },
  );
});
