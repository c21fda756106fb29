/** The log line names the account and the client that the request proved, and never an identity that it only claimed. */
import { beforeAll, describe, expect, it } from "vitest";
import { usableKeys } from "#features/identity/keys/keys.ts";
import { noteRevoked } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { ada, admin, makeKey, openAccounts, staff } from "../features/credentials/api-keys/keys.ts";
import { startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { failingLimiter } from "../support/limiters.ts";
import { ownToken } from "../support/own-tokens.ts";
import { createTestContext } from "../support/request-context.ts";
import { type Service, type ServiceOptions, START } from "../support/service.ts";
import { newPerson, PASSWORD, visit } from "../web/account/visitor.ts";
import { FAILURES, MISSING, post } from "./failures.ts";

interface Identity {
  readonly status: unknown;
  readonly user: unknown;
  readonly client: unknown;
}

/** The identity in the last log line. */
function lastOf(service: Service): Identity {
  const line = JSON.parse(service.logs.at(-1) ?? "{}") as Record<string, unknown>; // a line of the log
  return { status: line["http.response.status_code"], user: line["user.id"], client: line["client.id"] };
}

async function identityOf(path: string, init: RequestInit = {}, options: ServiceOptions = {}): Promise<Identity> {
  const service = startBlog(options);
  await service.fetch(path, init);
  return lastOf(service);
}

const bearer = (token: string): RequestInit => ({ headers: { Authorization: `Bearer ${token}` } });

beforeAll(async () => {
  await createBlog();
  await openAccounts();
  await usableKeys(createTestContext());
});

describe("K04 every response after authentication logs the account and the client", () => {
  const asCaller = { ...staff, clientId: "shop-app" };

  it.each([
    ["200", MISSING.replace(/\/[^/]+$/, ""), {}, 200],
    ["304", "/v1/comments", {}, 304],
    ["403", "/v1/oauth-clients", {}, 403],
    ["404", MISSING, {}, 404],
    ["406", "/v1/posts", { headers: { Accept: "text/html" } }, 406],
    ["412", "/v1/posts", post("{}", { "Content-Type": "application/json", "If-Match": '"x"' }), 412],
    ["422", "/v1/posts", post("{}"), 422],
  ] as const)("%s", async (_, path, init, status) => {
    const service = startBlog({ as: asCaller });
    const first = await service.fetch(path, init);
    if (status === 304) {
      await service.fetch(path, { headers: { "If-None-Match": first.headers.get("ETag") ?? "" } });
    }
    expect(lastOf(service)).toEqual({ status, user: staff.id, client: "shop-app" });
  });

  it.each(FAILURES.filter(({ options = {} }) => options.as !== undefined))("$name", async ({ path, init, options }) => {
    const { user, client } = await identityOf(path === "" ? MISSING : path, init, { ...options, as: asCaller });
    expect({ user, client }).toEqual({ user: staff.id, client: "shop-app" });
  });

  it("500", async () => {
    const broken = FAILURES.find(({ name }) => name === "an unexpected error");
    const line = await identityOf(broken?.path ?? "", {}, { ...broken?.options, as: asCaller });
    expect(line).toEqual({ status: 500, user: staff.id, client: "shop-app" });
  });

  it("201, a replay of it, and 400", async () => {
    const service = startBlog({ as: { ...ada, clientId: "shop-app" } });
    const keyed = post(JSON.stringify({ name: "A key", scopes: ["users:read"] }), {
      "Content-Type": "application/json",
      "Idempotency-Key": "one-and-the-same",
    });
    await service.fetch("/v1/api-keys", keyed);
    expect(lastOf(service)).toEqual({ status: 201, user: ada.id, client: "shop-app" });
    const replay = await service.fetch("/v1/api-keys", keyed);
    expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
    expect(lastOf(service)).toEqual({ status: 201, user: ada.id, client: "shop-app" });
    const other = post("{", { "Content-Type": "application/json" });
    await service.fetch("/v1/api-keys", other);
    expect(lastOf(service)).toEqual({ status: 400, user: ada.id, client: "shop-app" });
  });

  it("429 of the account's limit", async () => {
    const isOfAccount = { ...ada, clientId: "shop-app" };
    const limited = await identityOf("/v1/api-keys", {}, { as: isOfAccount, limiter: () => refusingAccounts() });
    expect(limited).toEqual({ status: 429, user: ada.id, client: "shop-app" });
  });

  it("200 from the edge cache", async () => {
    const service = startBlog({ as: asCaller });
    await service.fetch("/v1/posts");
    const again = await service.fetch("/v1/posts");
    expect(again.headers.get("Cache-Status")).toMatch(/^Sluice;/);
    expect(lastOf(service)).toEqual({ status: 200, user: staff.id, client: "shop-app" });
  });
});

/** A limiter that admits addresses and refuses the account. */
function refusingAccounts(): ReturnType<typeof failingLimiter> {
  const refuse = failingLimiter();
  return {
    ...refuse,
    charge: async (charges, context) =>
      (await refuse.charge(charges, context)).map((standing) => ({
        ...standing,
        allowed: charges.every(({ key }) => !key.includes(ada.id)),
        source: "object",
      })),
  };
}

describe("K04 a request with an access token", () => {
  const ADA = { user: ada.id, client: "demo-app" };
  const NO_IDENTITY = { user: undefined, client: undefined };
  const path = "/v1/api-keys";

  it("logs the account and the client of a valid token", async () => {
    expect(await identityOf(path, bearer(await ownToken(ada)))).toEqual({ status: 200, ...ADA });
    const service = { ...ada, kind: "service", clientId: "robot" } as const;
    expect(await identityOf(path, bearer(await ownToken(service)))).toEqual({
      status: 200,
      user: ada.id,
      client: "robot",
    });
  });

  it("logs the account and the client of a refused token whose signature is valid", async () => {
    const seconds = START / 1000;
    const expired = await ownToken(ada, { iat: seconds - 1200, exp: seconds - 600 });
    const foreign = await ownToken(ada, { aud: "https://elsewhere.example" });
    const bound = await ownToken(ada, { cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } });
    for (const token of [expired, foreign, bound]) {
      expect(await identityOf(path, bearer(token))).toEqual({ status: 401, ...ADA });
    }
    const revoked = await ownToken(admin, { jti: "revoked-for-this-test" });
    noteRevoked([revocationOf("token", "revoked-for-this-test", START + 1)]);
    expect(await identityOf(path, bearer(revoked))).toMatchObject({ status: 401, user: admin.id, client: "demo-app" });
  });

  it("logs no identity if the signature is invalid or missing", async () => {
    const [header, claims] = (await ownToken(ada)).split(".");
    const forged = `${header}.${claims}.${"A".repeat(86)}`;
    for (const token of [forged, "x", `${header}.${claims}.`]) {
      expect(await identityOf(path, bearer(token))).toEqual({ status: 401, ...NO_IDENTITY });
    }
    expect(await identityOf(path)).toEqual({ status: 401, ...NO_IDENTITY });
    expect(await identityOf("/v1/posts")).toEqual({ status: 200, ...NO_IDENTITY });
  });
});

describe("K04 a request with an API key", () => {
  it("logs the owner's account, also when the key has expired", async () => {
    const { key } = await makeKey(startBlog({ as: ada }), { expires_at: new Date(START + 60_000).toISOString() });
    const service = startBlog();
    await service.fetch("/v1/comments", bearer(key.secret));
    expect(lastOf(service)).toEqual({ status: 200, user: ada.id, client: undefined });
    service.advance(60_001);
    await service.fetch("/v1/comments", bearer(key.secret));
    expect(lastOf(service)).toEqual({ status: 401, user: ada.id, client: undefined });
    for (const line of service.logs) expect(line).not.toContain(key.secret.slice(8, 30));
  });

  it("logs no identity if the key does not exist", async () => {
    expect(await identityOf("/v1/comments", bearer("sluice_0fN7QmX2cVbT5yKpRw8sHdLg4Zj_1aB2cD"))).toMatchObject({
      status: 401,
      user: undefined,
    });
  });
});

describe("K04 a request for a page", () => {
  it("logs the account that is signed in, and no identity for a wrong password", async () => {
    const service = startBlog();
    await newPerson(service, "followed@example.com");
    const user = lastOf(service).user;
    expect(user).toMatch(/^user_[0-9a-z]{26}$/);
    const visitor = visit(service);
    await visitor.open("/login");
    expect(lastOf(service)).toMatchObject({ status: 200, user: undefined });
    await visitor.send("/login", { email: "followed@example.com", password: "not the password" });
    expect(lastOf(service)).toMatchObject({ status: 422, user: undefined });
    await visitor.send("/login", { email: "followed@example.com", password: PASSWORD });
    expect(lastOf(service)).toMatchObject({ status: 303, user });
    await visitor.open("/account");
    expect(lastOf(service)).toMatchObject({ status: 200, user });
    await visitor.send("/account/password", { current: "wrong", password: "nine other unusual herons" });
    expect(lastOf(service)).toMatchObject({ user });
    await visitor.open("/account");
    await visitor.send("/logout", {});
    expect(lastOf(service)).toMatchObject({ status: 303, user });
    await visitor.open("/account");
    expect(lastOf(service)).toMatchObject({ status: 303, user: undefined });
    for (const line of service.logs) expect(line).not.toMatch(/followed@|herons|sluice_sign_in/);
  });
});
