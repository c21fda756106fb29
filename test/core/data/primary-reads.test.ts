/** Data that authentication and idempotency depend on is never read from a lagging replica. */
import { beforeEach, expect, it } from "vitest";
import { commit, housekeep } from "#core/data/commit.ts";
import { type Database, openDatabase } from "#core/data/database.ts";
import { meterUsage } from "#core/data/usage.ts";
import { effectExtension, findEffect } from "#features/idempotency/effects.ts";
import { rememberSigningKeys } from "#features/identity/keys/keys.ts";
import { rememberRevocations } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements } from "#features/identity/revocations/store.ts";
import { startLaggingReplica } from "../../support/lagging-replica.ts";
import { START } from "../../support/service.ts";

const replica = await startLaggingReplica();
const open = (start: string) => openDatabase(replica.database, { start, meter: meterUsage(() => 0) });

/** A database session that began at the replica. */
async function behind(): Promise<Database> {
  const database = open("first-unconstrained");
  await database.orm.all("SELECT 1");
  expect(replica.takeTrace().at(-1)).toBe("replica");
  return database;
}

beforeEach(async () => {
  await replica.catchUp();
  replica.takeTrace();
});

it("a revocation takes effect before the replica has it", async () => {
  const writer = open("first-primary");
  const [first, ...rest] = revocationStatements(writer, [revocationOf("token", "token-1", START)]);
  if (first === undefined) throw new Error("no statement");
  await commit(writer, { guards: [], statements: [first, ...rest] });
  const claims = { jti: "token-1", account: "user-1", accountVersion: 1, client_id: "app-1", clientVersion: 1 };
  const context = { now: START, database: await behind() };
  expect(await rememberRevocations().isRevoked(claims, context)).toBe(true);
});

it("a signing key verifies tokens before the replica has it", async () => {
  const context = {
    now: START,
    settings: { secret: "a secret of the test suite, 32+ characters" },
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  };
  const { published } = await rememberSigningKeys().usable({ ...context, database: open("first-primary") });
  const found = await rememberSigningKeys().published({ now: START, database: await behind() });
  expect(found.keys).toEqual(published);
});

it("the effect of another attempt is found before the replica has it", async () => {
  const attempt = { recordHash: "h".repeat(64), fence: 1, now: START, expiresAt: START + 1000 };
  const writer = open("first-primary");
  const extension = effectExtension(writer, attempt, {
    status: 201,
    resourceId: () => "x",
    onOvertaken: () => undefined,
  });
  const [first, ...rest] = extension.statements({ resourceId: "x" });
  if (first === undefined) throw new Error("no statement");
  await housekeep(writer, [first, ...rest]);
  expect(await findEffect(await behind(), attempt)).toEqual({ status: 201, resourceId: "x" });
});
