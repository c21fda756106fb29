/** The local implementation of the platform's rate limiting in `npm start`, called by a test Worker. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SHIELD } from "#features/limits/policy/policies.ts";
import { rateLimitBindings, rateLimitWorker } from "../../scripts/local/rate-limits.ts";
import { startMiniflare, startWorker, stopMiniflare } from "../../scripts/local/runtime.ts";

/** Calls a limit `times` times and returns how often it succeeded. It declares the Durable Objects of the service. */
const TEST_WORKER = `
  import { DurableObject } from "cloudflare:workers";
  export class LoginAttempts extends DurableObject {}
  export class ProofReplays extends DurableObject {}
  export class TokenBucket extends DurableObject {}
  export class IdempotencyRecord extends DurableObject {}
  export default {
    async fetch(request, env) {
      const { limit, key, times } = Object.fromEntries(new URL(request.url).searchParams);
      let passed = 0;
      for (let left = Number(times); left > 0; left -= 200) {
        const calls = Array.from({ length: Math.min(left, 200) }, () => env[limit].limit({ key }));
        passed += (await Promise.all(calls)).filter(({ success }) => success).length;
      }
      return new Response(passed);
    },
  };
`;

const directory = mkdtempSync(join(tmpdir(), "sluice-rate-limits-"));
const options = { host: "127.0.0.1", port: 0, storageDirectory: directory, print: () => undefined };
const path = join(directory, "test-worker.js");
const modules = [{ type: "ESModule" as const, path }];

async function call(origin: URL | string, limit: string, key: string, times = 1): Promise<number> {
  return Number(await (await fetch(new URL(`/?limit=${limit}&key=${key}&times=${times}`, origin))).text());
}

beforeAll(() => writeFileSync(path, TEST_WORKER));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the local rate limits", () => {
  let miniflare: Miniflare;
  let origin: URL;

  beforeAll(async () => {
    const limits = {
      // These windows end once in thirty years.
      LASTING: { namespace_id: "1", simple: { limit: 3, period: 1e9 } },
      OTHER: { namespace_id: "2", simple: { limit: 5, period: 1e9 } },
      BRIEF: { namespace_id: "3", simple: { limit: 1, period: 1 } },
    };
    const compatibilityDate = "2026-10-01";
    const worker = { name: "test-worker", modules, modulesRoot: directory, compatibilityDate };
    miniflare = startMiniflare(
      options,
      { ...worker, serviceBindings: rateLimitBindings(limits) },
      rateLimitWorker(compatibilityDate),
    );
    origin = await miniflare.ready;
  });

  afterAll(() => stopMiniflare(miniflare));

  it("refuse calls beyond the limit, for each key separately", async () => {
    expect(await call(origin, "LASTING", "a", 2)).toBe(2);
    expect(await call(origin, "LASTING", "a", 4)).toBe(1);
    expect(await call(origin, "LASTING", "a")).toBe(0);
    expect(await call(origin, "LASTING", "b", 4)).toBe(3);
  });

  it("count for each namespace separately", async () => {
    expect(await call(origin, "LASTING", "c", 9)).toBe(3);
    expect(await call(origin, "OTHER", "c", 9)).toBe(5);
  });

  it("reset after their period", async () => {
    const callOnce = () => call(origin, "BRIEF", "a");
    await expect.poll(callOnce).toBe(0);
    await expect.poll(callOnce).toBe(1);
  });
});

it("the shield of the local server has the limit of its policy", async () => {
  const { miniflare, origin } = startWorker({ directory, modules }, {}, options);
  try {
    const listening = await origin;
    // If the window ends during the flood, all calls pass, and another key is tried.
    const flood = () => call(listening, "SHIELD", randomUUID(), SHIELD.limit + 1);
    await expect.poll(flood, { timeout: 30_000 }).toBe(SHIELD.limit);
  } finally {
    await stopMiniflare(miniflare);
  }
});
