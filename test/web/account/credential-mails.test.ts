/**
 * Every change to the credentials of an account is mailed to its address. A mail that fails does not undo the change.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { openDatabase } from "#core/data/database.ts";
import { readMailbox } from "#features/identity/mail/store.ts";
import { ownToken } from "../../support/own-tokens.ts";
import { type Service, startService } from "../../support/service.ts";
import { linkFromMailbox, newPerson, PASSWORD, type Visitor, visit, wordsOf } from "./visitor.ts";

type Known = Exclude<Principal, { kind: "anonymous" }>;

const service = startService();
const NEW = "a better choice of words";
const TYPES: Readonly<Record<string, string>> = { PATCH: "application/merge-patch+json" };
const admin = principalOf("user_01hzz0000000000000000000cc", ["admin"]);

/** A change of credentials asserts that the account and the client of its token exist. */
beforeAll(async () => {
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO users (id, email, name, role, email_verified_at, created_at, updated_at)
       VALUES (?, 'an.admin@example.com', 'Admin', 'admin', 0, 0, 0)`,
    ).bind(admin.id),
    env.DB.prepare(
      `INSERT INTO oauth_clients (id, client_id, name, type, grant_types, scopes, created_at, updated_at)
       VALUES ('client_01hzz0000000000000000000aa', 'demo-app', 'App', 'public', '["authorization_code"]', '["users:read","users:write","admin"]', 0, 0)`,
    ),
  ]);
});

/** Subjects of the mails to an address, oldest first, without mails that were requested. */
async function subjectsTo(email: string): Promise<string[]> {
  const mails = await readMailbox(openDatabase(env.DB));
  return mails
    .filter(({ recipient, subject }) => recipient === email && !/^(Confirm|Choose)/.test(subject))
    .map(({ subject }) => subject)
    .reverse();
}

async function newestTo(email: string): Promise<string> {
  const mails = await readMailbox(openDatabase(env.DB));
  return mails.find(({ recipient }) => recipient === email)?.content ?? "";
}

async function idOf(email: string): Promise<string> {
  return (await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")) ?? "";
}

/** The credential version that a token claims. For an account that does not exist, the first version. */
async function versionOf(id: string): Promise<{ readonly account_version: number }> {
  const row = env.DB.prepare("SELECT credential_version AS version FROM users WHERE id = ?").bind(id);
  return { account_version: (await row.first<number>("version")) ?? 1 };
}

function principalOf(id: string, roles: Known["roles"] = ["customer"]): Known {
  return {
    kind: "user",
    id,
    roles,
    scopes: ["users:read", "users:write", ...(roles.includes("admin") ? (["admin"] as const) : [])],
    credential: "token",
    authenticatedAt: service.now(),
  };
}

async function addPasskeys(email: string, ...ids: readonly string[]): Promise<void> {
  const userId = await idOf(email);
  const inserted = env.DB.prepare(
    "INSERT INTO passkeys (id, user_id, public_key, counter, transports, name, created_at) VALUES (?, ?, 'x', 0, '[]', ?, 1)",
  );
  await env.DB.batch(ids.map((id) => inserted.bind(id, userId, `Key ${id}`)));
}

async function passkeysOf(email: string): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT id FROM passkeys WHERE user_id = ? ORDER BY id")
    .bind(await idOf(email))
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

async function api(principal: Known, method: string, path: string, body?: unknown, etag?: string): Promise<Response> {
  return service.fetch(path, {
    method,
    headers: {
      Authorization: `Bearer ${await ownToken(principal, await versionOf(principal.id), service.now())}`,
      ...(body === undefined ? {} : { "Content-Type": TYPES[method] ?? "application/json" }),
      ...(etag === undefined ? {} : { "If-Match": etag }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function newKey(
  principal: Known,
): Promise<{ readonly id: string; readonly secret: string; readonly etag: string }> {
  const made = await api(principal, "POST", "/v1/api-keys", { name: "A key", scopes: ["users:read"] });
  expect(made.status).toBe(201);
  const { id, secret } = await made.json<{ id: string; secret: string }>();
  return { id, secret, etag: made.headers.get("ETag") ?? "" };
}

async function statusWith(secret: string): Promise<number> {
  return (await service.fetch("/v1/users/me", { headers: { Authorization: `Bearer ${secret}` } })).status;
}

async function resetLink(visitor: Visitor, email: string): Promise<string> {
  await visitor.open("/reset");
  await visitor.send("/reset", { email });
  return linkFromMailbox(visitor, "reset");
}

describe("a password reset", () => {
  it("lists and ends all other credentials, and reports them in the mail", async () => {
    const email = "reset.all@example.com";
    const elsewhere = await newPerson(service, email);
    await addPasskeys(email, "all-one", "all-two");
    const { secret } = await newKey(principalOf(await idOf(email)));
    const visitor = visit(service);
    const link = await resetLink(visitor, email);
    const page = wordsOf(await visitor.open(link));
    for (const words of ["Key all-one", "Key all-two", "A key", "all browsers and apps have to sign in again"]) {
      expect(page).toContain(words);
    }
    const done = await visitor.send(link, { password: NEW });
    expect(done.location).toBe("/login?notice=password-set");
    expect(await passkeysOf(email)).toEqual([]);
    expect(await statusWith(secret)).toBe(401);
    expect((await elsewhere.open("/account")).location).toBe("/login");
    expect(await newestTo(email)).toContain("Also removed: 2 passkeys and 1 API key.");
  });

  it("keeps the credentials of this account that the user chose, and reports them in the mail", async () => {
    const [email, stranger] = ["reset.some@example.com", "reset.stranger@example.com"];
    await newPerson(service, email);
    await newPerson(service, stranger);
    await addPasskeys(email, "some-one", "some-two", "some-three");
    await addPasskeys(stranger, "strangers");
    const { secret } = await newKey(principalOf(await idOf(email)));
    const visitor = visit(service);
    const link = await resetLink(visitor, email);
    await visitor.open(link);
    const kept = { keep_passkey_2: "some-two", keep_passkey_9: "strangers", keep_api_keys: "yes" };
    const weak = await visitor.send(link, { password: "password1234567", ...kept });
    expect(weak.status).toBe(422);
    const checked = weak.elements.filter(({ attributes }) => attributes.has("checked"));
    expect(checked.map(({ attributes }) => attributes.get("value"))).toEqual(["some-two", "yes"]);
    expect((await visitor.send(link, { password: NEW, ...kept })).status).toBe(303);
    expect(await passkeysOf(email)).toEqual(["some-two"]);
    expect(await passkeysOf(stranger)).toEqual(["strangers"]);
    expect(await statusWith(secret)).toBe(200);
    const mail = await newestTo(email);
    expect(mail).toContain("Also removed: 2 passkeys.");
    expect(mail).toContain("Kept, and still able to access your account: 1 passkey and 1 API key.");
  });

  it("ends credentials that were added after the page was shown", async () => {
    const email = "reset.late@example.com";
    await newPerson(service, email);
    const visitor = visit(service);
    const link = await resetLink(visitor, email);
    await visitor.open(link);
    await addPasskeys(email, "late-one");
    await visitor.send(link, { password: NEW });
    expect(await passkeysOf(email)).toEqual([]);
  });

  it.each([{ keep_api_keys: "no" }, { keep_passkey_11: "x" }, { keep_passkey_1: "x".repeat(2000) }])(
    "returns 422 for %o",
    async (fields) => {
      const email = `reset.bad.${Object.keys(fields)[0]?.replaceAll("_", "")}@example.com`;
      await newPerson(service, email);
      const visitor = visit(service);
      const link = await resetLink(visitor, email);
      await visitor.open(link);
      expect((await visitor.send(link, { password: NEW, ...fields } as Record<string, string>)).status).toBe(422);
    },
  );
});

describe.each([
  ["a password change", "/account/password", { current: PASSWORD, password: NEW }, "Your password was changed"],
  ["signing out everywhere", "/account/sign-out-everywhere", {}, "You were signed out everywhere"],
] as const)("%s", (name, path, fields, subject) => {
  const key = name.replaceAll(" ", "");

  it("announces which credentials it keeps, and keeps them", async () => {
    const email = `${key}.keep@example.com`;
    const visitor = await newPerson(service, email);
    await addPasskeys(email, `${key}-one`, `${key}-two`);
    const { secret } = await newKey(principalOf(await idOf(email)));
    const page = wordsOf(await visitor.open(path.endsWith("everywhere") ? "/account" : path));
    expect(page).toContain(
      "2 passkeys and 1 API key will still give access to your account, unless you remove them here.",
    );
    expect((await visitor.send(path, fields)).status).toBe(303);
    expect(await passkeysOf(email)).toHaveLength(2);
    expect(await statusWith(secret)).toBe(200);
    expect((await subjectsTo(email)).at(-1)).toBe(subject);
    expect(await newestTo(email)).toContain("Kept, and still able to access your account: 2 passkeys and 1 API key.");
  });

  it("removes the credentials that the user chose", async () => {
    const email = `${key}.remove@example.com`;
    const visitor = await newPerson(service, email);
    await addPasskeys(email, `${key}-three`);
    const { secret } = await newKey(principalOf(await idOf(email)));
    await visitor.open("/account");
    const removed = await visitor.send(path, { ...fields, remove_passkeys: "yes", revoke_api_keys: "yes" });
    expect(removed.status).toBe(303);
    expect(await passkeysOf(email)).toEqual([]);
    expect(await statusWith(secret)).toBe(401);
    expect(await newestTo(email)).toContain("Also removed: 1 passkey and 1 API key.");
  });
});

describe("other changes of credentials", () => {
  it("sends a mail when a passkey is removed", async () => {
    const email = "passkeys@example.com";
    const visitor = await newPerson(service, email);
    await addPasskeys(email, "removed-one");
    await visitor.open("/account");
    await visitor.send("/account/passkeys/remove", { id: "removed-one" });
    expect(await subjectsTo(email)).toEqual(["A passkey was removed from your account"]);
    await visitor.send("/account/passkeys/remove", { id: "removed-one" });
    expect(await subjectsTo(email)).toHaveLength(1);
  });

  it("sends a mail when an API key is created, rotated, revoked or expires at another time, but not when it is renamed", async () => {
    const email = "keys@example.com";
    await newPerson(service, email);
    const owner = principalOf(await idOf(email));
    const { id, etag } = await newKey(owner);
    const path = `/v1/api-keys/${id}`;
    const renamed = await api(owner, "PATCH", path, { name: "Another name" }, etag);
    expect(renamed.status).toBe(200);
    const moved = await api(
      owner,
      "PATCH",
      path,
      { expires_at: new Date(service.now() + 3_600_000).toISOString() },
      renamed.headers.get("ETag") ?? "",
    );
    expect(moved.status).toBe(200);
    const rotated = await api(owner, "POST", `${path}/rotate`, {});
    expect(rotated.status).toBe(200);
    const { secret } = await rotated.json<{ secret: string }>();
    expect((await api(owner, "DELETE", path, undefined, rotated.headers.get("ETag") ?? "")).status).toBe(204);
    expect(await subjectsTo(email)).toEqual([
      "An API key was created for your account",
      "The expiry of an API key was changed",
      "An API key of your account was rotated",
      "An API key of your account was revoked",
    ]);
    const contents = (await readMailbox(openDatabase(env.DB))).map(({ content }) => content).join();
    for (const unwanted of [secret, "Another name", "A key"]) expect(contents).not.toContain(unwanted);
  });

  it.each(["application/merge-patch+json", "application/json-patch+json"])(
    "mails the old and the new address when the email changes, by %s",
    async (type) => {
      const kind = type.includes("merge") ? "merge" : "json";
      const email = `former.${kind}@example.com`;
      await newPerson(service, email);
      const path = `/v1/users/${await idOf(email)}`;
      const shown = await api(admin, "GET", path);
      const next = `new.${kind}@example.com`;
      const changed = await service.fetch(path, {
        method: "PATCH",
        headers: {
          Authorization: `Bearer ${await ownToken(admin)}`,
          "Content-Type": type,
          "If-Match": shown.headers.get("ETag") ?? "",
        },
        body: JSON.stringify(kind === "merge" ? { email: next } : [{ op: "replace", path: "/email", value: next }]),
      });
      expect(changed.status).toBe(200);
      for (const address of [email, next]) {
        expect(await subjectsTo(address)).toEqual(["The email address of your account was changed"]);
      }
    },
  );

  it("sends a mail when the role changes, but not when the name changes", async () => {
    const email = "role@example.com";
    await newPerson(service, email);
    const id = await idOf(email);
    const shown = await api(admin, "GET", `/v1/users/${id}`);
    const named = await api(admin, "PATCH", `/v1/users/${id}`, { name: "Ada" }, shown.headers.get("ETag") ?? "");
    expect(named.status).toBe(200);
    expect(await subjectsTo(email)).toEqual([]);
    const changed = await api(admin, "PATCH", `/v1/users/${id}`, { role: "staff" }, named.headers.get("ETag") ?? "");
    expect(changed.status).toBe(200);
    expect(await subjectsTo(email)).toEqual(["The role of your account was changed"]);
  });

  it("keeps the change if the mail fails, and logs the failure", async () => {
    const bindings = {
      SLUICE_MAIL_URL: "https://mail.example.test/send",
      SLUICE_MAIL_TOKEN: "token",
      SLUICE_MAIL_FROM: "store@example.test",
    } as unknown as Partial<Env>; // the Worker types contain only the values of wrangler.toml
    const email = "failing@example.com";
    await newPerson(service, email);
    for (const fetch of [
      async () => new Response(null, { status: 500 }),
      () => Promise.reject(new Error("no network")),
    ]) {
      const own: Service = startService({ bindings, dependencies: { fetch } });
      const visitor = visit(own);
      await visitor.open("/login");
      await visitor.send("/login", { email, password: PASSWORD });
      await visitor.open("/account");
      const out = await visitor.send("/account/sign-out-everywhere", {});
      expect(out.location).toBe("/login?notice=signed-out");
      expect(own.logs.some((line) => line.includes('"message":"deferred"'))).toBe(true);
    }
  });
});
