/** Errors of client authentication (RFC 6749 section 5.2) at each endpoint that authenticates clients. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  authorizationOf,
  authorize,
  basic,
  codeIn,
  DEVICE_GRANT,
  ORIGIN,
  redemption,
  refresh,
  SECRET,
  seed,
  serve,
  signIn,
  startServer,
  type Tokens,
} from "./support.ts";

beforeAll(seed, 60_000);

const server = startServer();

const { client_id: _client, ...PUSHED } = authorizationOf();

const FORMS = {
  "/oauth/token": { grant_type: "client_credentials" },
  "/oauth/revoke": { token: "x" },
  "/oauth/introspect": { token: "x" },
  "/oauth/par": PUSHED,
  "/oauth/device_authorization": { scope: "comments:read" },
} as Readonly<Record<string, Record<string, string>>>;

async function expectError(response: Response, status: number, error: string): Promise<void> {
  const body = await response.json<{ error: string; error_description: string }>();
  expect({ status: response.status, error: body.error }).toEqual({ status, error });
  expect(body.error_description, "RFC 6749 section 5.2").toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  if (status === 401) expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm="https:/);
}

describe.each(Object.entries(FORMS))("J04 %s", (path, form) => {
  it.each([
    ["no authentication", {}, {}],
    ["an empty client_id", { client_id: "" }, {}],
    ["a secret without a client", { client_secret: SECRET }, {}],
    ["an unknown client", { client_id: "nobody" }, {}],
    ["a missing secret of a confidential client", { client_id: "web" }, {}],
    ["a wrong secret", { client_id: "web", client_secret: "wrong" }, {}],
    ["a wrong secret in the header", {}, basic("web", "wrong")],
    ["another scheme", {}, { authorization: "Bearer abc" }],
    ["a header that is not base64", {}, { authorization: "Basic ***" }],
    ["a header without a colon", {}, { authorization: `Basic ${btoa("web")}` }],
    ["a header without a secret", {}, { authorization: `Basic ${btoa("web:")}` }],
    ["a header with an invalid escape", {}, { authorization: `Basic ${btoa("web:%zz")}` }],
    ["a client assertion", { client_assertion: "a.b.c", client_assertion_type: "x" }, {}],
  ])("returns invalid_client for %s", async (_, fields, headers) => {
    const sent = { ...form, ...fields } as Record<string, string>;
    await expectError(await server.post(path, sent, headers as Record<string, string>), 401, "invalid_client");
  });

  it("returns invalid_request for two authentication methods", async () => {
    const sent = { ...form, client_id: "web", client_secret: SECRET };
    await expectError(await server.post(path, sent, basic("web")), 400, "invalid_request");
  });

  it("returns invalid_request for a repeated parameter", async () => {
    for (const name of [...Object.keys(form).filter((key) => key !== "resource"), "client_id"]) {
      const body = new URLSearchParams({ ...form, client_id: "web", client_secret: SECRET });
      body.append(name, body.get(name) ?? "");
      const request = new Request(`${ORIGIN}${path}`, { method: "POST", body });
      await expectError(await serve(request, server.context()), 400, "invalid_request");
    }
  });
});

describe("a grant that the client is not registered for", () => {
  it.each([
    ["/oauth/token", { grant_type: "authorization_code", code: "x", redirect_uri: "https://a.example/" }],
    ["/oauth/token", { grant_type: "refresh_token", refresh_token: "x" }],
    ["/oauth/token", { grant_type: DEVICE_GRANT, device_code: "x" }],
    ["/oauth/device_authorization", {}],
    ["/oauth/par", PUSHED],
  ])("J04 returns unauthorized_client at %s", async (path, form) => {
    const context = server.context();
    const request = new Request(`${ORIGIN}${path}`, {
      method: "POST",
      headers: basic("robot"),
      body: new URLSearchParams(form as Record<string, string>),
    });
    await expectError(await serve(request, context), 400, "unauthorized_client");
    expect(context.log["oauth.error"]).toBe("unauthorized_client");
  });

  it("J04 returns unauthorized_client for a client of users too, and unsupported_grant_type for unknown grants", async () => {
    const own = { grant_type: "client_credentials", client_id: "app" };
    await expectError(await server.post("/oauth/token", own), 400, "unauthorized_client");
    for (const grant_type of ["implicit", "password", "urn:example:grant", ""]) {
      const error = grant_type === "" ? "invalid_request" : "unsupported_grant_type";
      await expectError(await server.post("/oauth/token", { grant_type, client_id: "app" }), 400, error);
    }
    const malformed = { grant_type: "authorization_code", client_id: "app" };
    await expectError(await server.post("/oauth/token", malformed), 400, "invalid_request");
  });
});

describe("the granted scope", () => {
  it("J04 contains openid and offline_access if they were granted", async () => {
    const scope = "openid offline_access comments:read comments:write";
    const tokens = await signIn(server, { scope: `${scope} admin` });
    expect(tokens.scope).toBe(scope);
    const next = await (await refresh(server, tokens.refresh_token)).json<Tokens>();
    expect(next.scope).toBe(scope);
    const narrower = await refresh(server, next.refresh_token, { scope: "openid comments:read" });
    const narrow = await narrower.json<Tokens>();
    expect(narrow.scope).toBe("openid comments:read");
    expect(narrow.id_token).toBeDefined();
    const bare = await (await refresh(server, narrow.refresh_token, { scope: "comments:read" })).json<Tokens>();
    expect(bare.scope).toBe("comments:read");
    expect(bare.id_token).toBeUndefined();
  });

  it("J04 does not contain them if they were not requested or not allowed", async () => {
    const plain = codeIn(await authorize(server, { scope: "comments:read" }));
    const tokens = await (await server.post("/oauth/token", redemption(plain))).json<Tokens>();
    expect(tokens.scope).toBe("comments:read");
    const reader = { client_id: "reader", scope: "openid offline_access comments:read" };
    const code = codeIn(await authorize(server, reader));
    const read = await (await server.post("/oauth/token", redemption(code, { client_id: "reader" }))).json<Tokens>();
    expect(read.scope).toBe("openid comments:read");
    expect(read.refresh_token).toBeUndefined();
  });
});
