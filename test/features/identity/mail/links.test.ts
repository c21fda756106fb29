/** The origin of links in mails: the configured one, whichever host the request names. */
import { describe, expect, it } from "vitest";
import { linkOrigin, makeLink, requireLinkOrigin } from "#features/identity/mail/links.ts";
import { createTestContext, type TestContext } from "../../../support/request-context.ts";

function sceneOf(environment: "local" | "production", publicOrigin: string | undefined, origin: string): TestContext {
  const context = createTestContext({ origin });
  return { ...context, settings: { ...context.settings, environment, publicOrigin } };
}

describe("linkOrigin", () => {
  it.each([
    ["production", "https://api.example.com", "https://evil.example", "https://api.example.com"],
    ["production", "https://api.example.com:8443", "https://api.example.com", "https://api.example.com:8443"],
    ["local", "https://api.example.com", "http://127.0.0.1:8787", "https://api.example.com"],
    ["local", undefined, "http://127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["local", undefined, "http://localhost:9000", "http://localhost:9000"],
    ["local", undefined, "http://[::1]:8787", "http://[::1]:8787"],
  ] as const)("in %s, configured as %s, for a request to %s, is %s", (environment, configured, requested, expected) => {
    expect(linkOrigin(sceneOf(environment, configured, requested))).toBe(expected);
  });

  it.each([
    ["production", "https://api.example.com"],
    ["production", "https://127.0.0.1"],
    ["production", "http://localhost:8787"],
    ["local", "http://evil.example"],
    ["local", "https://evil.example"],
    ["local", "http://127.0.0.1.evil.example"],
    ["local", "http://localhost.evil.example:8787"],
    ["local", "http://127.0.0.2:8787"],
    ["local", "http://192.168.0.1:8787"],
  ] as const)("in %s, not configured, for a request to %s, is missing", async (environment, requested) => {
    const context = sceneOf(environment, undefined, requested);
    expect(linkOrigin(context)).toBeUndefined();
    expect(() => requireLinkOrigin(context)).toThrow(expect.objectContaining({ type: "service-unavailable" }));
    await expect(makeLink("reset-password", context)).rejects.toMatchObject({
      cause: { message: expect.stringContaining("SLUICE_PUBLIC_ORIGIN") },
    });
  });
});
