/** Each form has its own limit of attempts: login, sign-up, confirmation and reset do not share one. */
import { describe, expect, it } from "vitest";
import { ATTEMPTS } from "#features/limits/policy/policies.ts";
import { type Limited, startLimited } from "../../support/limited.ts";

const FORMS = [
  ["/sign-up", "sign-up", "to sign up", 600],
  ["/verify/x", "confirm", "to confirm an email address", 600],
  ["/reset", "reset", "to set a new password", 600],
  ["/login", "login", "to sign in", 60],
] as const;

function post(service: Limited, path: string): Promise<Response> {
  return service.fetch(path, { method: "POST", body: new URLSearchParams({ csrf: "x" }) });
}

async function useUp(service: Limited, path: string, limit: number): Promise<Response> {
  for (let count = 0; count < limit; count += 1) expect((await post(service, path)).status, path).not.toBe(429);
  return post(service, path);
}

describe.each(FORMS)("POST %s", (path, policy, words, seconds) => {
  it(`counts only as ${policy}, and its 429 names the action and the waiting time`, async () => {
    const service = startLimited();
    const refused = await useUp(service, path, ATTEMPTS[policy].limit);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Retry-After")).toBe(String(seconds));
    expect(refused.headers.get("RateLimit-Policy")).toContain(`"${policy}"`);
    const time = seconds === 60 ? "60 seconds" : "10 minutes";
    expect(await refused.json()).toMatchObject({
      detail: `Too many attempts ${words} from your network. Try again in ${time}.`,
      "violated-policies": [policy],
    });
    for (const [other] of FORMS) {
      if (other !== path) expect((await post(service, other)).status, other).not.toBe(429);
    }
    service.advance(seconds * 1000);
    expect((await post(service, path)).status).not.toBe(429);
  });
});
