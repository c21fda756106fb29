/** Access tokens (J01, J02): which tokens are accepted, which are refused, and what the refusal reveals. */
import { beforeAll, describe, expect, it } from "vitest";
import { makePost, POST, sendPost } from "../support/blog/service.ts";
import { createBlog, storedBlog } from "../support/blog/tables.ts";
import {
  AUDIENCE,
  bearer,
  goodClaims,
  issuersBinding,
  type Json,
  type Key,
  type KeyHost,
  keySetResponse,
  lastLog,
  makeKey,
  NOW,
  sign,
  startKeyHost,
  startTrusting,
  trusted,
} from "../support/issuer.ts";
import { header, patch, problemOf } from "../support/requests.ts";
import { ORIGIN, type Service, startService } from "../support/service.ts";
import { FORGERIES, OTHER_ISSUER } from "./forgeries.ts";

const ALGORITHMS = "ES256 ES384 PS256 RS256 EdDSA Ed25519";
const METADATA = `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource"`;
const OFFERED = `Bearer realm="sluice", ${METADATA}, DPoP realm="sluice", algs="${ALGORITHMS}", ${METADATA}`;
const INVALID = `Bearer realm="sluice", error="invalid_token", ${METADATA}`;

let good: Key;
let rsa: Key;
let other: Key;
let stranger: Key;
let host: KeyHost;

beforeAll(createBlog);

beforeAll(async () => {
  [good, rsa, other, stranger] = await Promise.all([
    makeKey("good"),
    makeKey("rsa", "RS256"),
    makeKey("other"),
    makeKey("stranger"),
  ]);
  host = startKeyHost((request) => keySetResponse(request.url.startsWith(OTHER_ISSUER) ? [other] : [good, rsa]));
});

const OTHER = { issuer: OTHER_ISSUER, jwks_uri: `${OTHER_ISSUER}/keys` };
const write = (service: Service, token: string) => sendPost(service, POST, bearer(token));

describe("an accepted token", () => {
  const AUTH0 = trusted({
    issuer: "https://shop.eu.auth0.com/",
    jwks_uri: "https://shop.eu.auth0.com/.well-known/jwks.json",
    algorithms: ["RS256"],
    typ: ["JWT"],
    client_claim: "azp",
    required_claims: ["iat"],
    scopes: "permissions",
  });
  const HYDRA = {
    issuer: "https://hydra.example.com",
    audience: ["sluice", "https://unused.example.com"],
    jwks_uri: "https://hydra.example.com/.well-known/jwks.json",
    typ: ["JWT"],
    scopes: "scp",
    roles: "roles",
  };
  const auth0Claims = (change: Json = {}) =>
    goodClaims({
      iss: AUTH0["issuer"],
      aud: [AUDIENCE, "https://shop.eu.auth0.com/userinfo"],
      sub: "auth0|5f7c",
      azp: "app-1",
      client_id: undefined,
      jti: undefined,
      scope: "openid profile",
      permissions: ["posts:write", "unknown:scope"],
      ...change,
    });
  const hydraClaims = (change: Json = {}) =>
    goodClaims({
      iss: HYDRA.issuer,
      aud: ["sluice"],
      scope: undefined,
      scp: ["posts:write"],
      nbf: NOW - 10,
      ext: {},
      roles: ["admin", "king"],
      "https://example.com/roles": undefined,
      ...change,
    });
  const JWT = { typ: "JWT" };
  const cases: readonly [name: string, issuer: Json, key: () => Key, claims: Json, headers: Json][] = [
    ["of RFC 9068", trusted(), () => good, goodClaims(), {}],
    ["signed RS256", trusted(), () => rsa, goodClaims(), {}],
    ["with the long type", trusted(), () => good, goodClaims(), { typ: "application/at+jwt" }],
    ["for two APIs", trusted(), () => good, goodClaims({ aud: ["https://x.example", AUDIENCE] }), {}],
    ["that expired within the tolerance", trusted(), () => good, goodClaims({ exp: NOW - 4 }), {}],
    ["of a clock within the tolerance", trusted(), () => good, goodClaims({ iat: NOW + 5, nbf: NOW + 5 }), {}],
    ["of Auth0", AUTH0, () => rsa, auth0Claims(), JWT],
    ["of an Auth0 machine", AUTH0, () => rsa, auth0Claims({ sub: "app-1@clients", gty: "client-credentials" }), JWT],
    ["of Ory Hydra", HYDRA, () => good, hydraClaims(), JWT],
    ["of an Ory Hydra client", HYDRA, () => good, hydraClaims({ sub: "app-1" }), JWT],
  ];

  it.each(cases)("J02 a token %s may create a post", async (_, issuer, key, claims, headers) => {
    const service = startTrusting(host, [issuer]);
    const response = await write(service, await sign(key(), claims, headers));
    expect(await response.json()).toMatchObject({ title: POST.title });
    expect(response.status).toBe(201);
    expect(lastLog(service)["auth.failure"]).toBeUndefined();
    const isMachine = String(claims["sub"]).startsWith("app-1");
    expect(lastLog(service)["principal.kind"]).toBe(isMachine ? "service" : "user");
  });

  it("J02 an inline key set is never fetched and works with each algorithm", async () => {
    for (const alg of ["ES256", "ES384", "RS256", "PS256", "EdDSA"] as const) {
      const key = await makeKey("inline", alg);
      const issuer = trusted({ jwks_uri: undefined, jwks: { keys: [key.jwk] }, algorithms: [alg] });
      const asked = host.asked.length;
      expect((await write(startTrusting(host, [issuer]), await sign(key))).status, alg).toBe(201);
      expect(host.asked.length).toBe(asked);
    }
  });

  it.each(["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])(
    "J01 the scheme is case-insensitive: %j",
    async (scheme) => {
      const headers = { Authorization: `${scheme} ${await sign(good)}` };
      expect((await sendPost(startTrusting(host), POST, headers)).status).toBe(201);
    },
  );

  it("J02 exactly the configured claims are required", async () => {
    const loose = trusted({ required_claims: [] });
    const token = await sign(good, goodClaims({ jti: undefined, iat: undefined }));
    expect((await write(startTrusting(host, [loose]), token)).status).toBe(201);
    const strict = trusted({ required_claims: ["tenant"] });
    expect((await write(startTrusting(host, [strict]), await sign(good))).status).toBe(401);
  });
});

/** The reasons that a client learns, provided that the issuer signed the token. All others share one response. */
const DISCLOSED: Readonly<Record<string, string>> = {
  expired: "The access token has expired",
  "claim:aud": "The access token is for another audience",
};

describe("a refused token", () => {
  let service: Service;
  let body: unknown;
  let usual: unknown;
  beforeAll(async () => {
    service = startTrusting(host, [trusted(), trusted(OTHER)]);
    expect((await write(service, await sign(good))).status).toBe(201);
    body = await refusedBody(await write(service, "x"));
    usual = (body as Json)["detail"]; // a problem document is an object
  });

  async function refusedBody(response: Response): Promise<unknown> {
    const { correlation_id: id, ...rest } = (await response.json()) as Json;
    expect(id).toBe(header(response, "X-Correlation-Id"));
    return rest;
  }

  it("J02 the table has more than 200 forgeries with unique names", () => {
    expect(FORGERIES.length).toBeGreaterThan(200);
    expect(new Set(FORGERIES.map(({ name }) => name)).size).toBe(FORGERIES.length);
  });

  it.each(FORGERIES)("J02 is refused: $name", async ({ credentials, reason }) => {
    const before = await storedBlog();
    const Authorization = await credentials({ good, rsa, other, stranger });
    const response = await sendPost(service, POST, { Authorization });
    expect(response.status).toBe(401);
    const disclosed = DISCLOSED[reason];
    expect(header(response, "WWW-Authenticate")).toBe(
      disclosed === undefined ? INVALID : INVALID.replace(", resource", `, error_description="${disclosed}", resource`),
    );
    const { detail, ...rest } = (await refusedBody(response)) as Json;
    expect({ ...rest, detail: disclosed === undefined ? detail : usual }).toEqual(body);
    if (disclosed !== undefined) expect(detail).toContain(disclosed);
    expect(await storedBlog()).toEqual(before);
    expect(lastLog(service)).toMatchObject({ "auth.failure": reason, "error.type": "unauthorized" });
    expect(lastLog(service)["principal.kind"]).toBeUndefined();
    for (const secret of Authorization.split(/[ .]/).filter((part) => part.length > 12)) {
      expect(service.logs.at(-1)).not.toContain(secret);
    }
  });

  it("J02 a forged token reveals nothing about the claims that it invents", async () => {
    for (const change of [
      { exp: NOW - 3600 },
      { aud: "https://other.example.com" },
      { iss: "https://api.other.example" },
    ]) {
      const forged = await sign(stranger, goodClaims(change));
      const response = await write(service, forged.replace(/\.[^.]+$/, `.${(await sign(stranger)).split(".")[2]}`));
      expect(header(response, "WWW-Authenticate")).toBe(INVALID);
      expect(await refusedBody(response)).toEqual(body);
    }
  });

  it("J02 an unusable key verifies no token", async () => {
    const broken = { ...good.jwk, x: "AAAA" };
    const issuer = trusted({ jwks_uri: undefined, jwks: { keys: [broken] } });
    const bad = startTrusting(host, [issuer]);
    expect((await write(bad, await sign(good))).status).toBe(401);
    expect(lastLog(bad)["auth.failure"]).toBe("unusable-key");
    const twice = trusted({ jwks_uri: undefined, jwks: { keys: [good.jwk, { ...stranger.jwk, kid: "good" }] } });
    const doubtful = startTrusting(host, [twice]);
    expect((await write(doubtful, await sign(good))).status).toBe(401);
    expect(lastLog(doubtful)["auth.failure"]).toBe("unusable-key");
  });
});

describe("the response", () => {
  it("J01 to a request without credentials names the metadata and no error code", async () => {
    const response = await sendPost(startTrusting(host), POST);
    expect(response.status).toBe(401);
    expect(header(response, "WWW-Authenticate")).toBe(OFFERED);
  });

  it("J01 to an invalid token is 401 also where no token is needed", async () => {
    const service = startTrusting(host);
    for (const path of ["/v1/posts", "/openapi.json", "/docs", "/.well-known/oauth-protected-resource"]) {
      const response = await service.fetch(path, { headers: bearer("x") });
      expect(response.status, path).toBe(401);
      expect(header(response, "WWW-Authenticate")).toBe(INVALID);
    }
    expect((await service.fetch("/v1/posts", { headers: bearer(await sign(good)) })).status).toBe(200);
  });

  const INSUFFICIENT = `Bearer realm="sluice", error="insufficient_scope", scope="posts:write", ${METADATA}`;

  it("J01 names the missing scope to staff, and to no other caller", async () => {
    const service = startTrusting(host);
    const made = await makePost(startTrustingStaff(await sign(good)));
    const roles = "https://example.com/roles";
    for (const [claims, challenge] of [
      [{ scope: "openid" }, INSUFFICIENT],
      [{ scope: undefined }, INSUFFICIENT],
      [{ scope: "posts:writer xposts:write Posts:Write" }, INSUFFICIENT],
      [{ [roles]: ["customer"] }, null],
      [{ [roles]: ["Staff", "staff "] }, null],
      [{ [roles]: undefined, roles: ["admin"] }, null],
      [{ [roles]: ["customer"], scope: undefined }, null],
    ] as const) {
      const headers = bearer(await sign(good, goodClaims(claims)));
      for (const response of [
        await sendPost(service, POST, headers),
        await patch(service, made.path, "application/merge-patch+json", {}, { ...headers, "If-Match": made.etag }),
        await service.fetch(made.path, { method: "DELETE", headers: { ...headers, "If-Match": made.etag } }),
      ]) {
        expect(response.status, JSON.stringify(claims)).toBe(403);
        expect(response.headers.get("WWW-Authenticate"), JSON.stringify(claims)).toBe(challenge);
      }
    }
  });

  function startTrustingStaff(token: string): Service {
    const service = startTrusting(host);
    return {
      ...service,
      fetch: (path, init) => service.fetch(path, { ...init, headers: { ...init?.headers, ...bearer(token) } }),
    };
  }

  it("J01 to several credentials is 400", async () => {
    const service = startTrusting(host);
    const token = await sign(good);
    for (const value of [
      `Bearer ${token}, Bearer ${token}`,
      `Bearer ${token}, Basic eDp5`,
      `Basic eDp5, Bearer ${token}`,
      `DPoP ${token}, Bearer ${token}`,
      `Bearer ${token},`,
      `Bearer ${token},${token}`,
    ]) {
      for (const response of [
        await sendPost(service, POST, { Authorization: value }),
        await service.fetch("/v1/posts", { headers: { Authorization: value } }),
      ]) {
        expect(response.status, value).toBe(400);
        expect((await problemOf(response)).code).toBe("MALFORMED_REQUEST");
        expect(header(response, "WWW-Authenticate")).toContain('error="invalid_request"');
        expect(lastLog(service)["auth.failure"]).toBe("several-credentials");
      }
    }
    const headers = new Headers({ "Content-Type": "application/json" });
    headers.append("Authorization", `Bearer ${token}`);
    headers.append("Authorization", `Bearer ${token}`);
    const twice = await service.fetch("/v1/posts", { method: "POST", headers, body: JSON.stringify(POST) });
    expect(twice.status).toBe(400);
  });

  it("J01 ignores a token in the query or the body", async () => {
    const service = startTrusting(host);
    const token = await sign(good);
    const query = await service.fetch(`/v1/posts?access_token=${token}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(POST),
    });
    expect(query.status).toBe(401);
    expect(header(query, "WWW-Authenticate")).not.toContain("error=");
    const form = await service.fetch("/v1/posts", {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: `access_token=${token}`,
    });
    expect(form.status).toBe(401);
    expect(service.logs.join()).not.toContain(token);
  });

  it("J01 the metadata lists the issuers and the identifier of this API", async () => {
    const path = "/.well-known/oauth-protected-resource";
    const response = await startTrusting(host, [trusted(), trusted(OTHER)]).fetch(path);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(await response.json()).toEqual({
      resource: ORIGIN,
      authorization_servers: [ORIGIN, "https://login.example.test/", OTHER_ISSUER],
      scopes_supported: expect.arrayContaining(["posts:write", "admin"]),
      bearer_methods_supported: ["header"],
      dpop_signing_alg_values_supported: ALGORITHMS.split(" "),
      resource_documentation: `${ORIGIN}/docs`,
    });
    const own = trusted({ issuer: ORIGIN });
    for (const service of [startService(), startTrusting(host, [own])]) {
      expect(await (await service.fetch(path)).json()).toMatchObject({ authorization_servers: [ORIGIN] });
    }
    const elsewhere = {
      ...issuersBinding([]),
      SLUICE_PUBLIC_ORIGIN: "https://api.example.com",
    } as unknown as Partial<Env>; // the type has only the values of wrangler.toml
    expect(await (await startService({ bindings: elsewhere }).fetch(path)).json()).toMatchObject({
      resource: "https://api.example.com",
      authorization_servers: ["https://api.example.com"],
    });
  });
});

describe("the key set", () => {
  const readWith = async (service: Service, token: string) =>
    (await service.fetch("/v1/posts?limit=1", { headers: bearer(token) })).status;

  it("J02 after a rotation: a new key is accepted at once, an old key until it is withdrawn", async () => {
    const [first, second] = await Promise.all([makeKey("2026-01"), makeKey("2026-02")]);
    const issuer = startKeyHost([first]);
    const service = startTrusting(issuer);
    const [before, after] = await Promise.all([sign(first, far()), sign(second, far())]);
    expect(await readWith(service, before)).toBe(200);
    service.advance(60_000);
    issuer.publish([first, second]);
    expect(await readWith(service, after)).toBe(200);
    expect(await readWith(service, before)).toBe(200);
    expect(issuer.asked.length).toBe(2);
    issuer.publish([second]);
    service.advance(601_000);
    expect(await readWith(service, after)).toBe(200);
    expect(await readWith(service, before)).toBe(401);
    expect(lastLog(service)["auth.failure"]).toBe("unknown-key");
  });

  it("J02 stays in use for a day while its host fails", async () => {
    const issuer = startKeyHost([good]);
    const service = startTrusting(issuer);
    const token = await sign(good, far());
    expect(await readWith(service, token)).toBe(200);
    expect(lastLog(service)).not.toHaveProperty("auth.key_set");
    issuer.publish(() => new Response("busy", { status: 500 }));
    service.advance(3_600_000);
    expect(await readWith(service, token)).toBe(200);
    expect(issuer.asked.length).toBe(2);
    expect(lastLog(service)["auth.key_set"]).toBe("stale");
    service.advance(23 * 3_600_000 + 1);
    expect(await readWith(service, token)).toBe(503);
    issuer.publish([good]);
    service.advance(30_000);
    expect(await readWith(service, token)).toBe(200);
  });

  it("J02 that was never loaded leads to 503, not to an invalid token", async () => {
    const issuer = startKeyHost(() => Promise.reject(new TypeError("no route to 10.0.0.7")));
    const service = startTrusting(issuer);
    const token = await sign(good);
    const before = await storedBlog();
    const response = await write(service, token);
    expect(response.status).toBe(503);
    expect(header(response, "Retry-After")).toBe("5");
    expect(response.headers.get("WWW-Authenticate")).toBeNull();
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: "SERVICE_UNAVAILABLE", retryable: true });
    expect(text).not.toMatch(/login\.example|10\.0\.0\.7|key/);
    expect(lastLog(service)).toMatchObject({
      "auth.failure": "no-keys",
      "exception.message": "key set of https://login.example.test/: unreachable",
    });
    expect(await storedBlog()).toEqual(before);
    expect((await service.fetch("/v1/posts")).status).toBe(200);
    issuer.publish([good]);
    service.advance(5_000);
    expect((await write(service, token)).status).toBe(201);
  });

  it("J02 is fetched once for fifty concurrent requests", async () => {
    const issuer = startKeyHost([good]);
    const service = startTrusting(issuer);
    const token = await sign(good);
    const statuses = await Promise.all(Array.from({ length: 50 }, () => readWith(service, token)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(issuer.asked).toEqual(["https://login.example.test/jwks.json"]);
  });

  it("J02 is fetched at most once in thirty seconds for unknown keys", async () => {
    const issuer = startKeyHost([good]);
    const service = startTrusting(issuer);
    expect(await readWith(service, await sign(good))).toBe(200);
    for (let second = 0; second < 60; second += 1) {
      service.advance(1_000);
      expect(await readWith(service, await sign(good, goodClaims(), { kid: `kid-${second}` }))).toBe(401);
    }
    expect(issuer.asked.length).toBe(3);
    expect(await readWith(service, await sign(good))).toBe(200);
  });

  function far(): Json {
    return goodClaims({ exp: NOW + 200_000 });
  }
});
