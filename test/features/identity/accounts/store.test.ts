import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import { requestReset } from "#features/identity/accounts/reset.ts";
import {
  createAccountStatements,
  findAccount,
  findAccountByEmail,
  forgetAccountStatements,
} from "#features/identity/accounts/store.ts";
import { startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { createTestContext, type TestContext } from "../../../support/request-context.ts";
import { countRows, createPerson } from "./people.ts";

/** An account with one of each credential. */
async function createWithEverything(context: TestContext, email: string) {
  const account = await createPerson(context, email);
  await startSignIn(context, { account, methods: ["pwd"] });
  await requestReset({ email }, context);
  await context.settle();
  const insert = (text: string, ...values: unknown[]) => env.DB.prepare(text).bind(...values);
  await env.DB.batch([
    insert(
      "INSERT INTO passkeys (id, user_id, public_key, counter, transports, name, created_at) VALUES (?, ?, '', 0, '[]', 'x', 1)",
      `passkey of ${email}`,
      account.id,
    ),
    insert(
      "INSERT INTO oauth_artifacts (model, id_hash, payload, account_id, expires_at) VALUES ('Grant', ?, '{}', ?, 1)",
      `grant of ${email}`,
      account.id,
    ),
    insert(
      "INSERT INTO api_keys (id, user_id, name, hint, secret_hash, previous_secret_hash, scopes, created_at, updated_at) VALUES (?, ?, 'Laptop', 'x', ?, ?, '[]', 1, 1)",
      `key_${account.id}`,
      account.id,
      `secret of ${email}`,
      `previous secret of ${email}`,
    ),
  ]);
  return account;
}

const REMOVED = ["credentials", "passkeys", "sign_ins", "mail_tokens"];

async function waysIn(userId: string) {
  const counts = await Promise.all(REMOVED.map((table) => countRows(`${table} WHERE user_id = ?`, userId)));
  const grants = await countRows("oauth_artifacts WHERE account_id = ?", userId);
  const keys = await countRows("api_keys WHERE user_id = ? AND deleted_at IS NULL", userId);
  return [...counts, grants, keys];
}

describe("forgetAccountStatements", () => {
  it("remove every credential of this account, and none of another", async () => {
    const context = createTestContext();
    const gone = await createWithEverything(context, "gone@example.com");
    const staying = await createWithEverything(context, "staying@example.com");
    expect(await waysIn(gone.id)).toEqual([1, 1, 1, 1, 1, 1]);
    await housekeep(context.database, forgetAccountStatements(context.database, gone.id, context.now));
    expect(await waysIn(gone.id)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await waysIn(staying.id)).toEqual([1, 1, 1, 1, 1, 1]);
    const key = await env.DB.prepare("SELECT * FROM api_keys WHERE user_id = ?").bind(gone.id).first();
    expect(key).toMatchObject({ name: "deleted", previous_secret_hash: null, deleted_at: context.now, version: 2 });
    expect(await countRows("revocations WHERE kind = 'account' AND id = ?", gone.id)).toBe(1);
    expect(await countRows("revocations WHERE id = ?", staying.id)).toBe(0);
  });
});

describe("findAccount", () => {
  it("finds people, but no services and no deleted accounts", async () => {
    const context = createTestContext();
    const { id, email } = await createPerson(context, "found@example.com");
    expect(await findAccount(context.database, id)).toMatchObject({ id, email, passwordHash: expect.any(String) });
    expect(await findAccountByEmail(context.database, email)).toMatchObject({ id });
    await env.DB.prepare("UPDATE users SET kind = 'service' WHERE id = ?").bind(id).run();
    expect(await findAccount(context.database, id)).toBeUndefined();
    await env.DB.prepare("UPDATE users SET kind = 'person', deleted_at = 1 WHERE id = ?").bind(id).run();
    expect(await findAccountByEmail(context.database, email)).toBeUndefined();
  });
});

describe("createAccountStatements", () => {
  it("fail if the email is taken, ignoring case", async () => {
    const context = createTestContext();
    await createPerson(context, "first@example.com");
    const second = {
      id: "user_01hzz0000000000000000000dd",
      email: "FIRST@example.com",
      name: "x",
      role: "admin" as const,
    };
    const statements = createAccountStatements(context.database, {
      ...second,
      passwordHash: "x",
      emailVerifiedAt: 1,
      now: 1,
    });
    await expect(housekeep(context.database, statements)).rejects.toThrow();
    expect(await countRows("credentials WHERE user_id = ?", second.id)).toBe(0);
  });
});
