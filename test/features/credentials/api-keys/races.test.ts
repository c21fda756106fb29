/**
 * A revocation commits while a key is created, rotated or extended: between any two database calls, or while the body
 * of the revoking request is still arriving.
 */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import { openDatabase } from "#core/data/database.ts";
import { revokeAccountStatements } from "#features/identity/accounts/store.ts";
import { withdrawConsent } from "#features/identity/consents/store.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements } from "#features/identity/revocations/store.ts";
import { type Caller, callerOf, newAccount, newClient, newGrantOf, statusWith } from "../../../support/credentials.ts";
import { interceptedDatabase } from "../../../support/platform-faults.ts";
import { MERGE_PATCH } from "../../../support/requests.ts";
import { type Service, startService } from "../../../support/service.ts";
import { FROM_PAGE, fieldOf, newPerson } from "../../../web/account/visitor.ts";
import type { NewKey } from "./keys.ts";

type Account = Awaited<ReturnType<typeof newAccount>>;

const NOW = Date.UTC(2026, 0, 31, 12);
const INPUT = { name: "Import", scopes: ["users:read"], expires_at: "2027-01-01T00:00:00.000Z" };

async function revoke(kind: "account" | "client", id: string): Promise<void> {
  const database = openDatabase(env.DB);
  for (const statement of revocationStatements(database, [revocationOf(kind, id, NOW)])) {
    await housekeep(database, [statement]);
  }
}

const revocations: Readonly<Record<string, (account: Account) => Promise<void>>> = {
  async "sign out everywhere"({ id }) {
    await housekeep(openDatabase(env.DB), revokeAccountStatements(openDatabase(env.DB), id, NOW));
  },
  async "a demotion"({ id }) {
    await env.DB.prepare("UPDATE users SET role = 'customer' WHERE id = ?").bind(id).run();
    await revoke("account", id);
  },
  async "a withdrawn consent"({ id, clientId = "" }) {
    await withdrawConsent({ database: openDatabase(env.DB), now: NOW }, { accountId: id, clientId });
  },
  async "a narrowed client"({ clientId = "" }) {
    await env.DB.prepare("UPDATE oauth_clients SET scopes = '[]' WHERE client_id = ?").bind(clientId).run();
    await revoke("client", clientId);
  },
  async "a deleted client"({ clientId = "" }) {
    await env.DB.prepare("UPDATE oauth_clients SET deleted_at = 1 WHERE client_id = ?").bind(clientId).run();
    await revoke("client", clientId);
  },
  async "a revoked token"() {
    await env.DB.prepare("INSERT INTO revocations (kind, id, issued_before, expires_at) SELECT 'token', ?, 0, 9e12")
      .bind(JTI)
      .run();
  },
};

let JTI = "";

/** The calls after the response: read the owner's email, then store the notification in the local mailbox. */
const MAIL_CALLS = 2;

const operations: Readonly<Record<string, (caller: Caller, id: string) => Promise<Response>>> = {
  "a key is created": (caller) => caller("POST", "/v1/api-keys", INPUT),
  "a key is created with an idempotency key": (caller) =>
    caller("POST", "/v1/api-keys", INPUT, { "Idempotency-Key": crypto.randomUUID() }),
  "a key is rotated": (caller, id) => caller("POST", `/v1/api-keys/${id}/rotate`, {}),
  "a key is extended": (caller, id) =>
    caller("PATCH", `/v1/api-keys/${id}`, '{"expires_at":null}', { "If-Match": "*", "Content-Type": MERGE_PATCH }),
};

let service: Service;

beforeEach(() => {
  service = startService();
});

const everyPair = Object.keys(operations).flatMap((operation) =>
  Object.keys(revocations).map((revocation) => [operation, revocation] as const),
);

describe("a revocation during a write", () => {
  it.each(everyPair)("before any database call refuses the write: %s, %s", async (operation, revocation) => {
    for (let at = 1; ; at += 1) {
      const account = await newAccount("staff");
      const grant = await newGrantOf(account);
      JTI = crypto.randomUUID();
      let calls = 0;
      let isRunning = false;
      const interrupted = startService({
        bindings: {
          DB: interceptedDatabase(async (work) => {
            calls += isRunning ? 1 : 0;
            if (isRunning && calls === at) await revocations[revocation]?.(account);
            return work();
          }),
        },
      });
      const options = { grant, jti: JTI };
      const caller = await callerOf(interrupted, account, options);
      const made = await (await caller("POST", "/v1/api-keys", INPUT)).json<NewKey>();
      isRunning = true;
      const response = await (operations[operation] ?? Promise.reject)(caller, made.id);
      isRunning = false;
      const callsBeforeResponse = response.ok ? calls - MAIL_CALLS : calls;
      const context = `${response.status} before call ${at} of ${callsBeforeResponse}`;
      if (callsBeforeResponse < at) {
        expect([200, 201], context).toContain(response.status);
        break;
      }
      expect([401, 404], context).toContain(response.status);
      const keys = await env.DB.prepare("SELECT count(*) AS n FROM api_keys WHERE user_id = ?").bind(account.id);
      expect(await keys.first<number>("n"), context).toBe(1);
      const row = env.DB.prepare("SELECT expires_at, previous_secret_hash FROM api_keys WHERE id = ?").bind(made.id);
      expect(await row.first(), context).toEqual({
        expires_at: Date.parse(INPUT.expires_at),
        previous_secret_hash: null,
      });
    }
  });
});

/** A body in two halves; `between` runs after the first. */
function slowBody(text: string, between: () => Promise<void>): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let step = 0;
  return new ReadableStream({
    async pull(controller) {
      step += 1;
      if (step === 1) return controller.enqueue(bytes.slice(0, 5));
      await between();
      controller.enqueue(bytes.slice(5));
      controller.close();
    },
  });
}

/** Expects that the caller's token, issued while the revoking request was arriving, is refused. */
async function expectRefused(caller: Caller): Promise<void> {
  expect((await caller("GET", "/v1/users/me")).status).toBe(401);
  expect((await caller("POST", "/v1/api-keys", INPUT)).status).toBe(401);
}

describe("a revocation with a slow body", () => {
  it("a demotion revokes the tokens that were issued meanwhile, and no others", async () => {
    const admin = await callerOf(service, await newAccount("admin"));
    const staff = await newAccount("staff");
    let meanwhile: Caller | undefined;
    const body = slowBody('{"role":"customer"}', async () => {
      service.advance(20_000);
      meanwhile = await callerOf(service, staff);
      expect((await meanwhile("GET", "/v1/users/me")).status).toBe(200);
    });
    const headers = { "Content-Type": MERGE_PATCH, "If-Match": "*" };
    const response = await admin("PATCH", `/v1/users/${staff.id}`, body, headers);
    expect(response.status).toBe(200);
    if (meanwhile === undefined) throw new Error("no token was issued meanwhile");
    await expectRefused(meanwhile);
    const later = await callerOf(service, { ...staff, roles: ["customer"] });
    expect((await later("GET", "/v1/users/me")).status).toBe(200);
    expect((await later("POST", "/v1/api-keys", INPUT)).status).toBe(201);
  });

  it("an admin who is demoted meanwhile cannot change a role", async () => {
    const adminAccount = await newAccount("admin");
    const admin = await callerOf(service, adminAccount);
    const friend = await newAccount("customer");
    const body = slowBody('{"role":"admin"}', () => revocations["a demotion"]?.(adminAccount) ?? Promise.resolve());
    const headers = { "Content-Type": MERGE_PATCH, "If-Match": "*" };
    expect((await admin("PATCH", `/v1/users/${friend.id}`, body, headers)).status).toBe(401);
    expect(await env.DB.prepare("SELECT role FROM users WHERE id = ?").bind(friend.id).first("role")).toBe("customer");
  });

  it("an admin who is demoted meanwhile cannot change a client's redirect URIs", async () => {
    const adminAccount = await newAccount("admin");
    const admin = await callerOf(service, adminAccount);
    const clientId = await newClient();
    const body = slowBody(
      '{"redirect_uris":["https://elsewhere.example.test/"]}',
      () => revocations["a demotion"]?.(adminAccount) ?? Promise.resolve(),
    );
    const headers = { "Content-Type": MERGE_PATCH, "If-Match": "*" };
    expect((await admin("PATCH", `/v1/oauth-clients/client_${clientId}`, body, headers)).status).toBe(401);
    const row = env.DB.prepare("SELECT redirect_uris FROM oauth_clients WHERE client_id = ?").bind(clientId);
    expect(await row.first("redirect_uris")).toBe('["https://app.example.test/"]');
  });

  it("sign out everywhere revokes the tokens that were issued meanwhile, and keeps API keys", async () => {
    const visitor = await newPerson(service, "slow@example.com");
    const page = await visitor.open("/account");
    const row = env.DB.prepare("SELECT id FROM users WHERE email = 'slow@example.com'");
    const person = { ...(await newAccount()), id: (await row.first<string>("id")) ?? "" };
    let meanwhile: Caller | undefined;
    let key: NewKey | undefined;
    const body = slowBody(`csrf=${fieldOf(page.elements, "csrf")}`, async () => {
      service.advance(20_000);
      meanwhile = await callerOf(service, person);
      key = await (await meanwhile("POST", "/v1/api-keys", INPUT)).json<NewKey>();
    });
    const response = await service.fetch("/account/sign-out-everywhere", {
      method: "POST",
      body,
      headers: {
        ...FROM_PAGE,
        "Content-Type": "application/x-www-form-urlencoded",
        Cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      },
    });
    expect(response.headers.get("Location")).toBe("/login?notice=signed-out");
    if (meanwhile === undefined || key === undefined) throw new Error("no token or key was created meanwhile");
    await expectRefused(meanwhile);
    expect(await statusWith(service, key.secret)).toBe(200);
  });
});
