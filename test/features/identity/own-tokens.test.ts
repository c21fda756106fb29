/** Access tokens of the service's own issuer: their principal, required claims, revocation. */

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import { openDatabase } from "#core/data/database.ts";
import { createAuthenticator } from "#features/identity/authenticate.ts";
import { rotate, usableKeys } from "#features/identity/keys/keys.ts";
import { noteRevoked, type Revocations, rememberRevocations } from "#features/identity/revocations/memory.ts";
import { type RevocationKind, revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements } from "#features/identity/revocations/store.ts";
import { brokenDatabase } from "../../support/broken-database.ts";
import { goodClaims, type Json, makeKey, sign, startKeyHost, startTrusting, trusted } from "../../support/issuer.ts";
import { ownToken } from "../../support/own-tokens.ts";
import { createTestContext } from "../../support/request-context.ts";
import { customer, ORIGIN, START, staff } from "../../support/service.ts";
import { problemThrownBy, reasonThrownBy } from "./refused.ts";

const NOW = START / 1000;
const authenticate = createAuthenticator(async () => new Response(null, { status: 500 }));
const principalOf = (token: string, change = {}) =>
  authenticate(
    new Request(`${ORIGIN}/.well-known/api-catalog`, { headers: { Authorization: `Bearer ${token}` } }),
    createTestContext(change),
  );
const reasonFor = (token: string, change = {}) => {
  const context = createTestContext(change);
  return reasonThrownBy(() => principalOf(token, context), context);
};

beforeAll(async () => {
  await usableKeys(createTestContext());
  const inserted = "INSERT OR IGNORE INTO";
  await env.DB.batch([
    env.DB.prepare(
      `${inserted} users (id, email, name, role, created_at, updated_at) VALUES (?, 'own@example.test', 'Own', 'staff', 0, 0)`,
    ).bind(staff.id),
    env.DB.prepare(
      `${inserted} oauth_clients (id, client_id, name, type, created_at, updated_at) VALUES ('client_own', 'demo-app', 'App', 'public', 0, 0)`,
    ),
  ]);
});

describe("a token of the service", () => {
  it("represents the person", async () => {
    expect(await principalOf(await ownToken(staff))).toEqual({
      kind: "user",
      id: staff.id,
      roles: ["staff"],
      scopes: staff.scopes,
      credential: "token",
      clientId: "demo-app",
      authenticatedAt: START,
      methods: ["pwd"],
      token: {
        jti: expect.any(String),
        account: staff.id,
        accountVersion: 1,
        client_id: "demo-app",
        clientVersion: 1,
        grant: undefined,
      },
    });
  });

  it("of client credentials represents the client's own account", async () => {
    const service = { ...customer, kind: "service", clientId: "demo-service" } as const;
    expect(await principalOf(await ownToken(service))).toEqual({
      kind: "service",
      id: service.id,
      roles: ["customer"],
      scopes: customer.scopes,
      credential: "token",
      clientId: "demo-service",
      token: expect.objectContaining({ account: service.id, client_id: "demo-service" }),
    });
  });

  it("is accepted until it expires, also after a key rotation", async () => {
    const token = await ownToken(customer);
    expect((await principalOf(token, { now: START + 604_999 })).kind).toBe("user");
    expect(await reasonFor(token, { now: START + 605_000 })).toBe("expired");
    expect(await rotate(createTestContext(), { force: true })).toBe("rotated");
    expect((await principalOf(token)).kind).toBe("user");
    expect((await principalOf(await ownToken(customer))).kind).toBe("user");
    expect((await principalOf(token, { now: START + 60_000 })).kind).toBe("user");
  });

  it("costs one or two round trips now and then, otherwise none", async () => {
    const token = await ownToken(customer);
    const cost = async (now: number) => {
      const database = openDatabase(env.DB);
      await principalOf(token, { now, database });
      return database.usage.roundTrips;
    };
    await cost(START + 300_000);
    expect(await cost(START + 300_000)).toBe(0);
    expect(await cost(START + 304_999)).toBe(0);
    expect(await cost(START + 305_000)).toBe(1);
    expect(await cost(START + 361_000)).toBe(2);
  });
});

describe("validation of the service's tokens", () => {
  const ANOTHER = "user_01hzz0000000000000000000zz";
  const cases: readonly [name: string, reason: string, change: Json][] = [
    ["another issuer's name", "other-host", { iss: `${ORIGIN}/` }],
    ["http for https", "other-host", { iss: ORIGIN.replace("https", "http") }],
    ["no audience", "claim:aud", { aud: undefined }],
    ["another audience", "claim:aud", { aud: "https://other.example.test" }],
    ["the audience with a trailing slash", "claim:aud", { aud: `${ORIGIN}/` }],
    ["the client as audience", "claim:aud", { aud: "demo-app" }],
    ["no sub", "claim:sub", { sub: undefined }],
    ["no client", "claim:client_id", { client_id: undefined }],
    ["a client in another claim", "claim:client_id", { client_id: undefined, azp: "demo-app" }],
    ["no iat", "claim:iat", { iat: undefined }],
    ["no jti", "claim:jti", { jti: undefined }],
    ["no exp", "claim:exp", { exp: undefined }],
    ["no account", "claim:account", { account: undefined }],
    ["an account id of another type", "claim:account", { account: "prod_01hzz0000000000000000000aa" }],
    ["an account in another spelling", "claim:account", { account: "USER_01HZZ0000000000000000000AA" }],
    ["several accounts", "claim:account", { account: [ANOTHER] }],
    ["the account of another person", "claim:account", { account: ANOTHER }],
    ["another person with the account of this one", "claim:account", { sub: ANOTHER }],
    ["a lifetime of more than ten minutes", "claim:exp", { exp: NOW + 601 }],
    ["a lifetime of a year", "claim:exp", { exp: NOW + 31_536_000 }],
    ["a too long lifetime that is almost over", "claim:exp", { iat: NOW - 3600, exp: NOW + 60 }],
    ["a grant that is a number", "claim:grant", { grant: 7 }],
    ["an account version below 0", "claim:account_version", { account_version: -1 }],
    ["a client version that is a text", "claim:client_version", { client_version: "1" }],
    ["a nonce, as in an ID token", "claim:nonce", { nonce: "n" }],
    ["roles that are an object", "claim:roles", { roles: { admin: true } }],
    ["an unsupported confirmation", "claim:cnf", { cnf: { "x5t#S256": "x".repeat(43) } }],
  ];
  it.each(cases)("J02 rejects a token with %s", async (_, reason, change) => {
    expect(await reasonFor(await ownToken(customer, change))).toBe(reason);
  });

  const headers: readonly [name: string, reason: string, header: Json][] = [
    ["of another type", "header:typ", { typ: "JWT" }],
    ["of the long type, which the service never issues", "header:typ", { typ: "application/at+jwt" }],
    ["of an algorithm that the service does not use", "header:alg", { alg: "RS256" }],
    ["without a kid", "header:kid", { kid: undefined }],
    ["of an unknown key", "unknown-key", { kid: "nobody" }],
  ];
  it.each(headers)("J02 rejects a token %s", async (_, reason, change) => {
    const [, payload = ""] = (await ownToken(customer)).split(".");
    const key = await makeKey("stranger");
    const { current } = await usableKeys(createTestContext());
    const token = await sign(key, JSON.parse(atob(payload)), { kid: current.kid, ...change, alg: "ES256" });
    const [head = "", ...rest] = token.split(".");
    const header = { ...JSON.parse(atob(head)), ...change };
    const encoded = btoa(JSON.stringify(header)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
    expect(await reasonFor([encoded, ...rest].join("."))).toBe(reason);
  });

  it("J02 rejects a token signed by another key with the kid of the service", async () => {
    const { current } = await usableKeys(createTestContext());
    const [, payload = ""] = (await ownToken(customer)).split(".");
    const stranger = await makeKey(current.kid);
    expect(await reasonFor(await sign(stranger, JSON.parse(atob(payload))))).toBe("signature");
  });

  it("J02 rejects a token at another host", async () => {
    const elsewhere = { origin: "https://other.example.test" };
    const token = await ownToken(customer);
    expect(await reasonFor(token, elsewhere)).toBe("other-host");
    const problem = await problemThrownBy(() => principalOf(token, elsewhere));
    expect(problem.headers["WWW-Authenticate"]).toContain(
      'error="invalid_token", error_description="The access token is for another host"',
    );
    // It has expired too, but the client must learn about the host first.
    expect(await reasonFor(token, { ...elsewhere, now: START + 3_600_000 })).toBe("other-host");
  });

  it("J02 returns no description for a forged token of another host", async () => {
    const { current } = await usableKeys(createTestContext());
    const [, payload = ""] = (await ownToken(customer)).split(".");
    const claims = JSON.parse(atob(payload));
    const elsewhere = { origin: "https://other.example.test" };
    for (const key of [await makeKey(current.kid), await makeKey("unknown")]) {
      const forged = await sign(key, claims);
      expect(await reasonFor(forged, elsewhere)).toBe("untrusted-issuer");
      const problem = await problemThrownBy(() => principalOf(forged, elsewhere));
      expect(problem.headers["WWW-Authenticate"]).not.toContain("error_description");
    }
    const [head = "", , signature = ""] = (await ownToken(customer)).split(".");
    expect(await reasonFor([head, payload, signature].join("."), elsewhere)).toBe("untrusted-issuer");
  });

  it("returns a description for an expired token", async () => {
    const problem = await problemThrownBy(async () =>
      principalOf(await ownToken(customer), { now: START + 3_600_000 }),
    );
    expect(problem.headers["WWW-Authenticate"]).toContain('error_description="The access token has expired"');
  });

  describe("between local hosts", () => {
    const HOSTS = ["http://127.0.0.1:8787", "http://localhost:8787", "http://[::1]:8787"];
    const tokenOf = (origin: string) => ownToken(customer, { iss: origin, aud: origin });
    const settingsOf = (environment: "local" | "production") => ({ ...createTestContext().settings, environment });

    it.each(HOSTS.flatMap((from) => HOSTS.map((to) => [from, to] as const)))(
      "accepts a token of %s at %s",
      async (from, to) => {
        const context = { origin: to, settings: settingsOf("local") };
        expect((await principalOf(await tokenOf(from), context)).kind).toBe("user");
      },
    );

    it.each([
      ["local", "http://127.0.0.1:8787", "http://localhost:8788"],
      ["local", "http://127.0.0.1:8787", "https://localhost:8787"],
      ["local", "http://localhost:8787", "http://localhost.evil.example:8787"],
      ["local", "https://api.example.test", "http://localhost:8787"],
      ["production", "https://127.0.0.1:8787", "https://localhost:8787"],
    ] as const)("in %s rejects a token of %s at %s", async (environment, from, to) => {
      const context = { origin: to, settings: settingsOf(environment) };
      expect(await reasonFor(await tokenOf(from), context)).toBe("other-host");
    });

    it("requires one of the service's hosts as the audience", async () => {
      const token = await ownToken(customer, { iss: "http://127.0.0.1:8787", aud: "http://127.0.0.1:8788" });
      expect(await reasonFor(token, { origin: "http://localhost:8787" })).toBe("claim:aud");
    });
  });

  it("returns 503 if the keys cannot be read", async () => {
    const token = await ownToken(customer);
    const database = openDatabase(brokenDatabase("down"));
    const problem = await problemThrownBy(() => principalOf(token, { database, now: START + 3_600_000 }));
    expect(problem.type).toBe("service-unavailable");
    expect(problem.headers).toEqual({ "Retry-After": "5" });
  });
});

describe("a revocation", () => {
  const cases: readonly [kind: RevocationKind, id: string][] = [
    ["token", "jti-of-token"],
    ["grant", "grant-of-grant"],
    ["account", staff.id],
    ["client", "demo-app"],
  ];
  it.each(cases)(
    "J02 (%s) takes effect immediately in its isolate, and within five seconds in others",
    async (kind, id) => {
      const later = START + 7_200_000 + 1_800_000 * cases.findIndex(([other]) => other === kind);
      const claims = { jti: `jti-of-${kind}`, grant: `grant-of-${kind}` };
      const token = await ownToken(staff, claims, later);
      const [here, there] = [rememberRevocations(), rememberRevocations()];
      const statusAt = async (revocations: Revocations, now: number, of = token) => {
        const context = createTestContext({ now });
        const request = new Request(ORIGIN, { headers: { Authorization: `Bearer ${of}` } });
        const ask = () => createAuthenticator(context.fetch, revocations)(request, context);
        return ask().then(
          () => "believed",
          () => context.log["auth.failure"],
        );
      };
      expect(await statusAt(here, later)).toBe("believed");
      expect(await statusAt(there, later)).toBe("believed");
      const entries = [revocationOf(kind, id, later)];
      const { database } = createTestContext();
      for (const statement of revocationStatements(database, entries)) await housekeep(database, [statement]);
      here.note(entries);
      expect(await statusAt(here, later)).toBe("revoked");
      expect(await statusAt(there, later + 4_999)).toBe("believed");
      expect(await statusAt(there, later + 5_000)).toBe("revoked");
      const versions = { account_version: 1_000, client_version: 1_000 };
      const fresh = await ownToken(staff, { jti: "another", grant: "another", ...versions }, later + 5_000);
      expect(await statusAt(there, later + 5_000, fresh)).toBe("believed");
      expect(await statusAt(rememberRevocations(), later + 5_000, fresh)).toBe("believed");
    },
  );

  it("J02 takes effect through the memory of the isolate by default", async () => {
    const now = START + 36_000_000;
    const token = await ownToken(staff, { jti: "noted" }, now);
    expect((await principalOf(token, { now })).kind).toBe("user");
    noteRevoked([revocationOf("token", "noted", now)]);
    expect(await reasonFor(token, { now })).toBe("revoked");
  });

  it("does not apply to tokens of another issuer with the same jti", async () => {
    const key = await makeKey("theirs");
    const service = startTrusting(startKeyHost([key]), [trusted()]);
    noteRevoked([revocationOf("token", "token-1", START)]);
    const headers = { Authorization: `Bearer ${await sign(key, goodClaims({ jti: "token-1" }))}` };
    expect((await service.fetch("/.well-known/api-catalog", { headers })).status).toBe(200);
  });

  it("cannot be read while the database fails, so the request returns 503", async () => {
    const now = START + 36_000_000;
    const token = await ownToken(staff, {}, now);
    await principalOf(token, { now }); // loads the keys
    const context = createTestContext({ database: openDatabase(brokenDatabase("down")), now });
    const request = new Request(ORIGIN, { headers: { Authorization: `Bearer ${token}` } });
    const ask = () => createAuthenticator(context.fetch, rememberRevocations())(request, context);
    expect((await problemThrownBy(ask)).type).toBe("service-unavailable");
    expect(context.log["auth.failure"]).toBe("no-revocations");
  });
});

describe("if the configuration names the service's own origin as an issuer", () => {
  it("tokens of that entry are accepted, and those of the service are not", async () => {
    const key = await makeKey("theirs");
    const service = startTrusting(startKeyHost([key]), [trusted({ issuer: ORIGIN })]);
    const read = async (token: string) =>
      (await service.fetch("/.well-known/api-catalog", { headers: { Authorization: `Bearer ${token}` } })).status;
    expect(await read(await sign(key, goodClaims({ iss: ORIGIN })))).toBe(200);
    expect(await read(await ownToken(customer))).toBe(401);
  });
});
