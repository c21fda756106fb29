/**
 * Pages of a local server that is opened by its IP address: when they redirect to localhost, and when they must not.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { startService } from "../../support/service.ts";
import { NAVIGATION, newPerson, PASSWORD } from "./visitor.ts";

const ADDRESS = "http://127.0.0.1:8787";
const NAME = "http://localhost:8787";
const EMAIL = "local@example.com";
const PROGRAM = { Accept: "text/html" };

const asBindings = (values: Record<string, string>) => values as unknown as Partial<Env>; // the Worker types contain only the values of wrangler.toml
const service = startService({ bindings: asBindings({ SLUICE_PUBLIC_ORIGIN: "" }) });

async function locationOf(url: string, headers: Record<string, string>, on = service): Promise<string | null> {
  return (await on.fetch(url, { headers })).headers.get("Location");
}

/** Logs in as a client that is not a browser, and returns the cookies. */
async function logIn(origin: string): Promise<string> {
  const page = await service.fetch(`${origin}/login`, { headers: PROGRAM });
  expect(page.status).toBe(200);
  const cookies = page.headers.getSetCookie().map((line) => line.split(";", 1)[0]);
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
  const sent = await service.fetch(`${origin}/login`, {
    method: "POST",
    headers: { Cookie: cookies.join("; "), Origin: origin },
    body: new URLSearchParams({ csrf, email: EMAIL, password: PASSWORD }),
  });
  expect(sent.status).toBe(303);
  return [...cookies, ...sent.headers.getSetCookie().map((line) => line.split(";", 1)[0])].join("; ");
}

beforeAll(async () => {
  await newPerson(startService(), EMAIL);
});

describe("a page under the IP address", () => {
  it.each(["/account", "/account?notice=password-changed&x=%20y", "/account/password"])(
    "%s redirects to localhost with its path and query",
    async (path) => {
      for (const headers of [PROGRAM, NAVIGATION]) {
        expect(await locationOf(`${ADDRESS}${path}`, headers)).toBe(`${NAME}${path}`);
        expect(await locationOf(`http://[::1]:8787${path}`, headers)).toBe(`${NAME}${path}`);
      }
    },
  );

  it.each(["/login", "/sign-up?a=b", "/reset", "/reset/token", "/verify/token", "/check-mail"])(
    "%s redirects browsers to localhost, and serves programs",
    async (path) => {
      expect(await locationOf(`${ADDRESS}${path}`, NAVIGATION)).toBe(`${NAME}${path}`);
      expect(await locationOf(`${ADDRESS}${path}`, PROGRAM)).toBeNull();
    },
  );

  it.each(["/", "/docs", "/mailbox", "/oauth/device", "/oauth/interaction/x"])("%s does not redirect", async (path) => {
    expect(await locationOf(`${ADDRESS}${path}`, NAVIGATION)).toBeNull();
  });

  it("serves a signed-in visitor, with a link to the page where passkeys work", async () => {
    const cookies = await logIn(ADDRESS);
    for (const headers of [PROGRAM, NAVIGATION]) {
      const page = await service.fetch(`${ADDRESS}/account`, { headers: { ...headers, Cookie: cookies } });
      expect(page.status).toBe(200);
      expect(await page.text()).toContain(`<a href="${NAME}/account">`);
    }
    expect(await locationOf(`${ADDRESS}/account`, { ...NAVIGATION, Cookie: "sluice_sign_in=stale" })).toBe(
      `${NAME}/account`,
    );
  });

  it("accepts forms", async () => {
    const sent = await service.fetch(`${ADDRESS}/account/sign-out-everywhere`, {
      method: "POST",
      headers: NAVIGATION,
      body: new URLSearchParams({ csrf: "x" }),
    });
    expect(sent.status).toBe(403);
  });
});

describe("a page under a host name", () => {
  it.each([
    [NAME, "", "local"],
    ["http://localhost.evil.example:8787", "", "local"],
    ["http://127.0.0.1.evil.example", "", "local"],
    ["https://127.0.0.1:8787", "", "local"],
    ["https://api.example.com", "", "production"],
    ["https://127.0.0.1", "", "production"],
    [ADDRESS, ADDRESS, "local"],
  ])("%s does not redirect (configured: %j, %s)", async (origin, configured, environment) => {
    const own = startService({
      bindings: asBindings({ SLUICE_PUBLIC_ORIGIN: configured, SLUICE_ENVIRONMENT: environment }),
    });
    expect(await locationOf(`${origin}/account`, NAVIGATION, own)).toBe("/login");
    expect(await locationOf(`${origin}/login`, NAVIGATION, own)).toBeNull();
  });
});
