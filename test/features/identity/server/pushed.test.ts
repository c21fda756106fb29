/** Pushed authorization requests, the device flow, metadata and client registration. */

import { beforeAll, describe, expect, it } from "vitest";
import { problem } from "#core/http/problem.ts";
import { approveDevice, denyDevice, findDeviceRequest } from "#features/identity/server/devices.ts";
import { requestableScopes } from "#features/identity/server/scopes.ts";
import { scopes } from "../../../support/modules.ts";
import {
  ADA,
  authorizationOf,
  Browser,
  basic,
  claimsOf,
  codeIn,
  DEVICE_GRANT,
  errorOf,
  locationOf,
  ORIGIN,
  redemption,
  refresh,
  type Server,
  seed,
  serve,
  startServer,
  type Tokens,
  walk,
} from "./support.ts";

beforeAll(seed, 60_000);

const server = startServer();

interface Pushed {
  readonly request_uri: string;
  readonly expires_in: number;
}

async function pushed(own: Server, overrides = {}): Promise<Pushed> {
  const response = await own.post("/oauth/par", authorizationOf({ scope: "comments:read", ...overrides }));
  expect(response.status).toBe(201);
  return response.json<Pushed>();
}

const urlOf = ({ request_uri }: Pushed, client = "app") =>
  `/oauth/authorize?${new URLSearchParams({ client_id: client, request_uri })}`;

describe("a pushed request", () => {
  it("J08 replaces its parameters, once", async () => {
    const request = await pushed(server);
    expect(request.expires_in).toBe(60);
    const browser = new Browser(server);
    const back = await walk(server, browser, await browser.open(urlOf(request)));
    expect(back.searchParams.get("state")).toBe("a state");
    expect((await server.post("/oauth/token", redemption(codeIn(back)))).status).toBe(200);
    await expect(new Browser(server).open(urlOf(request))).rejects.toMatchObject({ type: "malformed-request" });
  });

  it("J08 started twice ends in one code", async () => {
    const request = await pushed(server);
    const browsers = [new Browser(server), new Browser(server)];
    const begun = await Promise.all(browsers.map((browser) => browser.open(urlOf(request))));
    const ends = await Promise.all(browsers.map((browser, at) => walk(server, browser, begun[at] ?? new Response())));
    expect(ends.map(({ searchParams }) => searchParams.has("code")).toSorted()).toEqual([false, true]);
  });

  it("J08 may be finished after it expired, but not started", async () => {
    const own = startServer();
    const [first, second] = [await pushed(own), await pushed(own)];
    const browser = new Browser(own);
    const begun = await browser.open(urlOf(first));
    own.advance(60_000);
    expect(codeIn(await walk(own, browser, begun))).toBeDefined();
    await expect(new Browser(own).open(urlOf(second))).rejects.toMatchObject({ type: "malformed-request" });
  });

  it("J08 is valid for its client only", async () => {
    const request = await pushed(server);
    await expect(new Browser(server).open(urlOf(request, "other-app"))).rejects.toMatchObject({ status: 400 });
  });

  it.each([
    ["without a code challenge", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["to an unregistered redirect URI", { redirect_uri: "https://evil.example.test" }, "invalid_request"],
    ["for another API", { resource: "https://other.example.test" }, "invalid_target"],
    ["for another pushed request", { request_uri: "urn:ietf:params:oauth:request_uri:x" }, "request_uri_not_supported"],
  ])("J08 %s is rejected", async (_, overrides, error) => {
    const response = await server.post("/oauth/par", authorizationOf(overrides));
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe(error);
  });

  it("accepts a state of up to 2,000 bytes in its encoded form", async () => {
    const push = (state: string) => server.post("/oauth/par", authorizationOf({ state }));
    expect((await push("x".repeat(2000))).status).toBe(201);
    expect((await push("~".repeat(666))).status).toBe(201);
    await expect(push("x".repeat(2001))).rejects.toMatchObject({ type: "uri-too-long" });
    await expect(push("~".repeat(667))).rejects.toMatchObject({ type: "uri-too-long" });
    await expect(server.get("/oauth/authorize", { state: "\u00e9".repeat(400) })).rejects.toMatchObject({
      type: "uri-too-long",
    });
  });

  it("J08 requires the secret of a confidential client", async () => {
    const form = authorizationOf({ client_id: "web" });
    expect((await server.post("/oauth/par", form)).status).toBe(401);
    expect((await server.post("/oauth/par", form, basic("web"))).status).toBe(201);
  });
});

interface DeviceCodes {
  readonly device_code: string;
  readonly user_code: string;
}

async function deviceCodes(own: Server, form = {}): Promise<DeviceCodes> {
  const response = await own.post("/oauth/device_authorization", { client_id: "app", ...form });
  expect(response.status).toBe(200);
  const codes = await response.json<DeviceCodes & Record<string, unknown>>();
  expect(codes).toMatchObject({ verification_uri: `${ORIGIN}/oauth/device`, expires_in: 600 });
  return codes;
}

const ask = (own: Server, { device_code }: DeviceCodes, client_id = "app") =>
  own.post("/oauth/token", { grant_type: DEVICE_GRANT, client_id, device_code });

describe("a device request", () => {
  const login = () => ({
    accountId: ADA,
    accountVersion: 1,
    shown: requestableScopes(scopes),
    methods: ["pwd"],
    authenticatedAt: server.now(),
  });

  it("waits until a person approves it, then returns tokens once", async () => {
    const codes = await deviceCodes(server, { scope: "openid offline_access comments:read admin" });
    expect(await errorOf(await ask(server, codes))).toBe("authorization_pending");
    const typed = codes.user_code.toLowerCase().replace("-", " ");
    expect(await findDeviceRequest(server.context(), typed, ADA)).toEqual({
      client: { id: "app", name: "An app" },
      scopes: ["openid", "offline_access", "comments:read"],
      userCode: codes.user_code,
    });
    expect(await approveDevice(server.context(), typed, login())).toBe(true);
    expect(await findDeviceRequest(server.context(), typed, ADA)).toBeUndefined();
    expect(await approveDevice(server.context(), typed, login())).toBe(false);
    const tokens = await (await ask(server, codes)).json<Tokens>();
    expect(claimsOf(tokens.access_token)).toMatchObject({ sub: ADA, scope: "comments:read", amr: ["pwd"] });
    const next = await refresh(server, tokens.refresh_token);
    expect(next.status).toBe(200);
    const last = await next.json<Tokens>();
    expect(await errorOf(await ask(server, codes))).toBe("invalid_grant");
    expect((await refresh(server, last.refresh_token)).status).toBe(400);
  });

  it("that is denied or expired cannot be approved", async () => {
    const own = startServer();
    const [refused, late] = [await deviceCodes(own), await deviceCodes(own)];
    expect(await denyDevice(own.context(), refused.user_code)).toBe(true);
    expect(await approveDevice(own.context(), refused.user_code, login())).toBe(false);
    expect(await errorOf(await ask(own, refused))).toBe("access_denied");
    own.advance(600_000);
    expect(await approveDevice(own.context(), late.user_code, login())).toBe(false);
    expect(await errorOf(await ask(own, late))).toBe("expired_token");
  });

  it("approved twice in parallel is approved once", async () => {
    const codes = await deviceCodes(server);
    const both = await Promise.all([1, 2].map(() => approveDevice(server.context(), codes.user_code, login())));
    expect(both.toSorted()).toEqual([false, true]);
  });

  it("is valid for its client only", async () => {
    const codes = await deviceCodes(server);
    await approveDevice(server.context(), codes.user_code, login());
    expect(await errorOf(await ask(server, codes, "other-app"))).toBe("invalid_grant");
    expect((await ask(server, codes)).status).toBe(200);
  });
});

describe("the authorization server", () => {
  it("J07 returns the same metadata at both well-known paths", async () => {
    const [one, other] = await Promise.all(
      ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"].map((path) => server.get(path)),
    );
    const metadata = await one?.json<Record<string, unknown>>();
    expect(await other?.json()).toEqual(metadata);
    expect(metadata).toMatchObject({
      issuer: ORIGIN,
      token_endpoint: `${ORIGIN}/oauth/token`,
      code_challenge_methods_supported: ["S256"],
      response_types_supported: ["code"],
      authorization_response_iss_parameter_supported: true,
      dpop_signing_alg_values_supported: ["ES256"],
    });
    expect(metadata).not.toHaveProperty("registration_endpoint");
  });

  it("publishes only public keys", async () => {
    const { keys } = await (await server.get("/oauth/jwks")).json<{ keys: Record<string, unknown>[] }>();
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: "EC", alg: "ES256", use: "sig" });
      expect(key).not.toHaveProperty("d");
    }
  });

  it("redirects a log-out to the confirmation page", async () => {
    for (const response of [await server.get("/oauth/logout"), await server.post("/oauth/logout", { state: "x" })]) {
      expect(response.status).toBe(303);
      expect(locationOf(response).href).toBe(`${ORIGIN}/logout`);
    }
  });
});

describe("registration", () => {
  const register = async (own: Server, metadata: object): Promise<Response> => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(metadata);
    return serve(new Request(`${ORIGIN}/oauth/register`, { method: "POST", headers, body }), own.context());
  };
  const APP = {
    client_name: "Their app",
    redirect_uris: ["https://their.example.test/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  };

  it("is closed by default", async () => {
    await expect(register(server, APP)).rejects.toMatchObject({ type: problem("not-found").type });
  });

  it("creates clients if it is open, limited to the scopes that any client may have", async () => {
    const open = startServer({ clientRegistration: "open" });
    const response = await register(open, { ...APP, scope: "openid comments:read admin" });
    expect(response.status).toBe(201);
    const { client_id, scope } = await response.json<{ client_id: string; scope: string }>();
    expect(scope).toBe("openid comments:read");
    const browser = new Browser(open);
    const parameters = authorizationOf({ client_id, redirect_uri: APP.redirect_uris[0] });
    const back = await walk(open, browser, await browser.open(`/oauth/authorize?${new URLSearchParams(parameters)}`));
    const form = redemption(codeIn(back), { client_id, redirect_uri: APP.redirect_uris[0] ?? "" });
    const tokens = await (await open.post("/oauth/token", form)).json<Tokens>();
    expect(tokens.scope).toBe("comments:read");
  });

  it("returns a secret that works", async () => {
    const open = startServer({ clientRegistration: "open" });
    const { token_endpoint_auth_method: _, ...confidential } = APP;
    const made = await register(open, confidential);
    const { client_id, client_secret } = await made.json<{ client_id: string; client_secret: string }>();
    const headers = basic(client_id, client_secret);
    const answered = await open.post("/oauth/introspect", { token: "nonsense" }, headers);
    expect(await answered.json()).toEqual({ active: false });
    expect((await open.post("/oauth/introspect", { token: "x" }, basic(client_id, "wrong"))).status).toBe(401);
  });

  it.each([
    ["client_credentials", { grant_types: ["client_credentials"], redirect_uris: [], response_types: [] }],
    ["an account", { account_id: ADA }],
    ["scopes of its own choice", { allowed_scopes: ["admin"] }],
    ["a secret's hash", { secret_hash: "x" }],
    ["a name of invisible characters", { client_name: "\u200b" }],
    ["a name with a right-to-left override", { client_name: "Bank \u202ekroF" }],
  ])("rejects %s", async (_, metadata) => {
    const open = startServer({ clientRegistration: "open" });
    const response = await register(open, { ...APP, ...metadata });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe("invalid_client_metadata");
  });
});
