import { describe, expect, it } from "vitest";
import { verifyChallenge } from "#features/identity/turnstile/verify-challenge.ts";
import { createTestContext } from "../../../support/request-context.ts";

const URL_OF_VERIFIER = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const good = {
  success: true,
  challenge_ts: "2026-01-31T12:00:00.000Z",
  hostname: "api.example.test",
  "error-codes": [],
  action: "login",
  cdata: "",
};

function contextAnswering(answer: () => Response | Promise<Response>) {
  const context = createTestContext();
  const asked: Request[] = [];
  context.settings = {
    ...context.settings,
    turnstile: { siteKey: "site", secret: "the secret", url: URL_OF_VERIFIER },
  };
  context.fetch = async (request) => {
    asked.push(request);
    return answer();
  };
  return { context, asked };
}

async function textOf(request: Request | undefined): Promise<string> {
  return new TextDecoder().decode(await request?.arrayBuffer());
}

describe("verifyChallenge", () => {
  it("sends the request that the endpoint expects", async () => {
    const { context, asked } = contextAnswering(() => Response.json(good));
    expect(await verifyChallenge("a response", context, "login")).toBe(true);
    const [request] = asked;
    expect(asked).toHaveLength(1);
    expect(request?.url).toBe(URL_OF_VERIFIER);
    expect(request?.method).toBe("POST");
    expect(request?.redirect).toBe("manual");
    expect(request?.headers.get("Content-Type")).toMatch(/^application\/x-www-form-urlencoded/);
    const { idempotency_key: key, ...form } = Object.fromEntries(new URLSearchParams(await textOf(request)));
    expect(form).toEqual({ secret: "the secret", response: "a response", remoteip: "192.0.2.1" });
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("omits an unknown address", async () => {
    const { context, asked } = contextAnswering(() => Response.json(good));
    context.address = "unknown";
    await verifyChallenge("a response", context, "login");
    expect(new URLSearchParams(await textOf(asked[0])).has("remoteip")).toBe(false);
  });

  it.each([
    ["another host", { hostname: "example.com" }],
    ["no host", { hostname: undefined }],
    ["another action", { action: "sign-up" }],
    ["no action", { action: undefined }],
    ["no success", { success: false }],
  ])("rejects a result with %s", async (_, change) => {
    const { context } = contextAnswering(() => Response.json({ ...good, ...change }));
    expect(await verifyChallenge("a response", context, "login")).toBe(false);
  });

  it.each(["missing-input-response", "invalid-input-response", "timeout-or-duplicate", "something-new"])(
    "treats %s as an unsolved challenge",
    async (code) => {
      const { context } = contextAnswering(() => Response.json({ success: false, "error-codes": [code] }));
      expect(await verifyChallenge("a response", context, "login")).toBe(false);
    },
  );

  it.each(["missing-input-secret", "invalid-input-secret", "bad-request", "internal-error"])(
    "treats %s as a service error, and fails closed",
    async (code) => {
      const { context } = contextAnswering(() =>
        Response.json({ success: false, "error-codes": [code] }, { status: 400 }),
      );
      await expect(verifyChallenge("a response", context, "login")).rejects.toMatchObject({
        type: "service-unavailable",
        cause: new Error(`turnstile: ${code}`),
      });
    },
  );

  it.each<[string, () => Response | Promise<Response>]>([
    ["does not respond", () => Promise.reject(new TypeError("network"))],
    ["responds with an HTML page", () => new Response("<html>", { status: 502 })],
    ["redirects", () => new Response(null, { status: 302, headers: { Location: "https://example.com" } })],
    ["responds with an unexpected value", () => Response.json({ success: "true" })],
    ["responds with too much data", () => Response.json({ ...good, cdata: "x".repeat(20_000) })],
  ])("fails closed if the endpoint %s", async (_, answer) => {
    const { context } = contextAnswering(answer);
    await expect(verifyChallenge("a response", context, "login")).rejects.toMatchObject({
      type: "service-unavailable",
    });
  });

  it.each([
    ["missing", undefined],
    ["empty", ""],
    ["longer than 2048 characters", "x".repeat(2049)],
  ])("rejects a response without a request if it is %s", async (_, response) => {
    const { context, asked } = contextAnswering(() => Response.json(good));
    expect(await verifyChallenge(response, context, "login")).toBe(false);
    expect(asked).toEqual([]);
  });

  it("rejects every response if no challenge is configured", async () => {
    const { context, asked } = contextAnswering(() => Response.json(good));
    context.settings = { ...context.settings, turnstile: undefined };
    expect(await verifyChallenge("a response", context, "login")).toBe(false);
    expect(asked).toEqual([]);
  });
});
