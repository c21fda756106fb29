/** Authorization codes: issued to the redirect URI, and exchanged once. */
import { beforeAll, describe, expect, it } from "vitest";
import { isRevoked } from "#features/identity/revocations/memory.ts";
import {
  ADA,
  authorizationOf,
  authorize,
  claimsOf,
  codeIn,
  errorOf,
  headerOf,
  ORIGIN,
  REDIRECT,
  redemption,
  refresh,
  revocable,
  seed,
  startServer,
  type Tokens,
  uidIn,
} from "./support.ts";

beforeAll(seed, 60_000);

const server = startServer();

describe("a code", () => {
  it("is returned with state and iss, and exchanged for tokens once", async () => {
    const back = await authorize(server, { scope: "openid offline_access comments:read" });
    expect(back.href.startsWith(`${REDIRECT}?`)).toBe(true);
    expect(back.searchParams.get("state")).toBe("a state");
    expect(back.searchParams.get("iss")).toBe(ORIGIN);
    const response = await server.post("/oauth/token", redemption(codeIn(back)));
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const tokens = await response.json<Tokens>();
    expect(tokens).toMatchObject({
      token_type: "Bearer",
      expires_in: 600,
      scope: "openid offline_access comments:read",
    });
    expect(headerOf(tokens.access_token)).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    const issuedAt = server.now() / 1000;
    const claims = claimsOf(tokens.access_token);
    expect(claims).toEqual({
      iss: ORIGIN,
      aud: ORIGIN,
      sub: ADA,
      account: ADA,
      client_id: "app",
      scope: "comments:read",
      roles: ["customer"],
      plan: "free",
      iat: issuedAt,
      account_version: 1,
      client_version: 1,
      exp: issuedAt + 600,
      auth_time: issuedAt,
      amr: ["pwd"],
      jti: expect.any(String),
      grant: expect.any(String),
    });
    expect(claimsOf(tokens.id_token ?? "")).toMatchObject({ sub: ADA, aud: "app", auth_time: issuedAt, amr: ["pwd"] });
  });

  it("is issued by POST as well as by GET", async () => {
    const response = await server.post("/oauth/authorize", authorizationOf({ scope: "comments:read" }));
    expect(response.status).toBe(303);
    expect(uidIn(response)).toBeDefined();
  });

  it.each([
    ["no verifier", { code_verifier: "" }, "invalid_grant"],
    ["another verifier", { code_verifier: "x".repeat(43) }, "invalid_grant"],
    ["another client", { client_id: "other-app" }, "invalid_grant"],
    ["another redirect", { redirect_uri: "https://app.example.test/callback" }, "invalid_grant"],
    ["another port of the loopback address", { redirect_uri: "http://127.0.0.1:4000/callback" }, "invalid_grant"],
    ["another resource", { resource: "https://other.example.test" }, "invalid_target"],
  ])("J03 with %s is refused, and is still valid afterwards", async (_, wrong, error) => {
    const code = codeIn(await authorize(server, { scope: "comments:read" }));
    const refused = await server.post("/oauth/token", redemption(code, wrong));
    expect(refused.status).toBe(400);
    expect(await errorOf(refused)).toBe(error);
    if (error === "invalid_target") return; // the request came from the code's client, so the code is used up
    const tokens = await (await server.post("/oauth/token", redemption(code))).json<Tokens>();
    expect((await server.post("/oauth/token", redemption(code, wrong))).status).toBe(400);
    expect(await isRevoked(revocable(tokens.access_token), server.context())).toBe(false);
  });

  it("J03 exchanged twice revokes its grant, including access tokens", async () => {
    const code = codeIn(await authorize(server, { scope: "offline_access comments:read" }));
    const tokens = await (await server.post("/oauth/token", redemption(code))).json<Tokens>();
    const second = await server.post("/oauth/token", redemption(code));
    expect(second.status).toBe(400);
    expect(await errorOf(second)).toBe("invalid_grant");
    expect(await isRevoked(revocable(tokens.access_token), server.context())).toBe(true);
    expect(await errorOf(await refresh(server, tokens.refresh_token))).toBe("invalid_grant");
  });

  it("J03 exchanged twice revokes its grant, also after the code expired", async () => {
    const own = startServer();
    const code = codeIn(await authorize(own, { scope: "offline_access comments:read" }));
    const tokens = await (await own.post("/oauth/token", redemption(code))).json<Tokens>();
    own.advance(120_000);
    expect(await errorOf(await own.post("/oauth/token", redemption(code, { code_verifier: "x".repeat(43) })))).toBe(
      "invalid_grant",
    );
    expect(await isRevoked(revocable(tokens.access_token), own.context())).toBe(false);
    expect(await errorOf(await own.post("/oauth/token", redemption(code)))).toBe("invalid_grant");
    expect(await isRevoked(revocable(tokens.access_token), own.context())).toBe(true);
  });

  it("J03 exchanged in parallel succeeds at most once, and its grant is revoked", async () => {
    const code = codeIn(await authorize(server, { scope: "offline_access comments:read" }));
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.post("/oauth/token", redemption(code))));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    for (const response of good) {
      const tokens = await response.json<Tokens>();
      expect(await isRevoked(revocable(tokens.access_token), server.context())).toBe(true);
      expect((await refresh(server, tokens.refresh_token)).status).toBe(400);
    }
  });

  it("expires after a minute", async () => {
    const own = startServer();
    const code = codeIn(await authorize(own, { scope: "comments:read" }));
    own.advance(60_000);
    expect(await errorOf(await own.post("/oauth/token", redemption(code)))).toBe("invalid_grant");
  });

  it("J03 is sent to any port of a registered loopback address", async () => {
    const redirect = "http://127.0.0.1:51004/callback";
    const back = await authorize(server, { scope: "comments:read", redirect_uri: redirect });
    expect(back.href.startsWith(`${redirect}?`)).toBe(true);
    const response = await server.post("/oauth/token", redemption(codeIn(back), { redirect_uri: redirect }));
    expect(response.status).toBe(200);
  });
});
