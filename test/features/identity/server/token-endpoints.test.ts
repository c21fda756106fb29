/** Introspection and revocation, limited to the client's own tokens. */
import { beforeAll, describe, expect, it } from "vitest";
import { rotate } from "#features/identity/keys/keys.ts";
import { isRevoked } from "#features/identity/revocations/memory.ts";
import {
  ADA,
  authorize,
  basic,
  claimsOf,
  codeIn,
  errorOf,
  headerOf,
  ORIGIN,
  redemption,
  refresh,
  revocable,
  SECRET,
  seed,
  signIn,
  startServer,
  type Tokens,
} from "./support.ts";

beforeAll(seed, 60_000);

const server = startServer();

async function webTokens(own = server): Promise<Tokens> {
  const code = codeIn(await authorize(own, { client_id: "web", scope: "openid offline_access comments:read" }));
  const form = redemption(code, { client_id: "web", client_secret: SECRET });
  return (await own.post("/oauth/token", form)).json<Tokens>();
}

async function introspected(token: string, headers = basic("web"), own = server): Promise<unknown> {
  const response = await own.post("/oauth/introspect", { token }, headers);
  expect(response.status).toBe(200);
  return response.json();
}

const INACTIVE = { active: false };

describe("introspection", () => {
  it("J06 returns the claims of an access token", async () => {
    const { access_token } = await webTokens();
    const { jti, iat, exp } = claimsOf(access_token);
    expect(await introspected(access_token)).toEqual({
      active: true,
      iss: ORIGIN,
      sub: ADA,
      aud: ORIGIN,
      client_id: "web",
      scope: "comments:read",
      token_type: "Bearer",
      jti,
      iat,
      exp,
    });
  });

  it("J06 returns a refresh token as active until it is used", async () => {
    const { refresh_token } = await webTokens();
    expect(await introspected(refresh_token)).toMatchObject({ active: true, client_id: "web", sub: ADA });
    await refresh(server, refresh_token, { client_id: "web", client_secret: SECRET });
    expect(await introspected(refresh_token)).toEqual(INACTIVE);
  });

  it("J06 returns only `active: false` for every other token", async () => {
    const [mine, foreign] = [await webTokens(), await signIn(server)];
    const [header, payload] = mine.access_token.split(".");
    const forged = `${header}.${payload}.${"A".repeat(86)}`;
    const others = [foreign.access_token, foreign.refresh_token, mine.id_token ?? "", forged, "nonsense", "a.b.c"];
    for (const token of others) expect(await introspected(token)).toEqual(INACTIVE);
    const own = startServer();
    const { access_token } = await webTokens(own);
    own.advance(600_000);
    expect(await introspected(access_token, basic("web"), own)).toEqual(INACTIVE);
  });

  it("J06 requires client authentication with a secret", async () => {
    const { access_token } = await signIn(server);
    for (const form of [{ client_id: "app" }, { client_id: "web", client_secret: "wrong" }]) {
      const response = await server.post("/oauth/introspect", { token: access_token, ...form });
      expect(response.status).toBe(401);
      expect(await errorOf(response)).toBe("invalid_client");
    }
    const anonymous = await server.post("/oauth/introspect", { token: access_token });
    expect(anonymous.status).toBe(401);
  });
});

describe("revocation", () => {
  it("J06 ends an access token immediately", async () => {
    const { access_token, refresh_token } = await webTokens();
    const response = await server.post("/oauth/revoke", { token: access_token }, basic("web"));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(await isRevoked(revocable(access_token), server.context())).toBe(true);
    expect(await introspected(access_token)).toEqual(INACTIVE);
    // The grant survives.
    expect((await refresh(server, refresh_token, { client_id: "web", client_secret: SECRET })).status).toBe(200);
  });

  it("J06 of a refresh token ends all tokens of the consent", async () => {
    const tokens = await signIn(server);
    const next = await (await refresh(server, tokens.refresh_token)).json<Tokens>();
    const other = await signIn(server);
    const form = { client_id: "app", token: next.refresh_token, token_type_hint: "refresh_token" };
    expect((await server.post("/oauth/revoke", form)).status).toBe(200);
    for (const { access_token } of [tokens, next]) {
      expect(await isRevoked(revocable(access_token), server.context())).toBe(true);
    }
    expect((await refresh(server, next.refresh_token)).status).toBe(400);
    expect((await refresh(server, other.refresh_token)).status).toBe(200);
  });

  it("J06 of a replaced refresh token ends its successors", async () => {
    const tokens = await signIn(server);
    const next = await (await refresh(server, tokens.refresh_token)).json<Tokens>();
    await server.post("/oauth/revoke", { client_id: "app", token: tokens.refresh_token });
    expect((await refresh(server, next.refresh_token)).status).toBe(400);
  });

  it("J06 returns 200 and changes nothing for an unknown or revoked token, or one of another client", async () => {
    const mine = await webTokens();
    const foreign = await signIn(server);
    await server.post("/oauth/revoke", { token: mine.access_token }, basic("web"));
    const tokens = ["nonsense", mine.access_token, foreign.access_token, foreign.refresh_token];
    for (const token of tokens) {
      expect((await server.post("/oauth/revoke", { token }, basic("web"))).status).toBe(200);
    }
    expect(await isRevoked(revocable(foreign.access_token), server.context())).toBe(false);
    expect((await refresh(server, foreign.refresh_token)).status).toBe(200);
  });

  it("J06 rejects a wrong secret and a token of an unsupported type", async () => {
    const { id_token = "", access_token } = await webTokens();
    const bad = await server.post("/oauth/revoke", { token: access_token }, basic("web", "wrong"));
    expect(bad.status).toBe(401);
    expect(await isRevoked(revocable(access_token), server.context())).toBe(false);
    const wrongType = await server.post("/oauth/revoke", { token: id_token }, basic("web"));
    expect(wrongType.status).toBe(400);
    expect(await errorOf(wrongType)).toBe("unsupported_token_type");
    expect(await errorOf(await server.post("/oauth/revoke", {}, basic("web")))).toBe("invalid_request");
  });
});

describe("the signing key", () => {
  it("J02 is the current one; tokens of the previous key are valid until they expire", async () => {
    const before = await webTokens();
    await rotate(server.context(), { force: true });
    const after = await webTokens();
    expect(headerOf(after.access_token)["kid"]).not.toBe(headerOf(before.access_token)["kid"]);
    for (const { access_token } of [before, after]) {
      expect(await introspected(access_token)).toMatchObject({ active: true });
    }
    const { keys } = await (await server.get("/oauth/jwks")).json<{ keys: { kid: string }[] }>();
    const kids = keys.map(({ kid }) => kid);
    expect(kids).toContain(headerOf(before.access_token)["kid"]);
    expect(kids).toContain(headerOf(after.access_token)["kid"]);
  });
});
