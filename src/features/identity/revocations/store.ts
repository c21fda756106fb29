/**
 * Storage of revocations: an append-only log, read from the position of the last read, whose entries expire. It also
 * provides guards for batches that issue a credential: the account, client or grant behind it must not be revoked when
 * the batch runs. A revocation that commits first makes the batch fail; one that commits later revokes the credential.
 */
import { and, eq, gt, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Principal } from "#core/contract/principal.ts";
import { type Guard, housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { problem } from "#core/http/problem.ts";
import { oauthClients, revocations } from "#schema/oauth.ts";
import { users } from "#schema/users.ts";
import { problemOf } from "../refusal.ts";
import type { KnownRevocation, Revocation } from "./revocation.ts";

/** Stays within the number of parameters that D1 allows per statement. */
const ROWS_A_STATEMENT = 20;
const ROWS_A_READ = 5_000;

export interface StoredRevocation extends KnownRevocation {
  readonly seq: number;
}

/**
 * Statements for the batch that revokes. In the same batch a trigger advances the credential version of the account or
 * client and writes it to the entry. The caller calls `noteRevoked` once the batch is committed.
 */
export function revocationStatements(database: Database, entries: readonly Revocation[]): BatchItem<"sqlite">[] {
  const statements: BatchItem<"sqlite">[] = [];
  for (let start = 0; start < entries.length; start += ROWS_A_STATEMENT) {
    const values = entries.slice(start, start + ROWS_A_STATEMENT);
    statements.push(database.orm.insert(revocations).values(values));
  }
  return statements;
}

/**
 * The unexpired entries after `seq`, in order. They are read from the primary, because a replica can lag behind a
 * revocation. D1 assigns the numbers in commit order.
 */
export async function selectRevocations(database: Database, seq: number, now: number): Promise<StoredRevocation[]> {
  database.readPrimary();
  const found: StoredRevocation[] = [];
  for (;;) {
    const page = await database.orm
      .select()
      .from(revocations)
      .where(and(gt(revocations.seq, found.at(-1)?.seq ?? seq), gt(revocations.expiresAt, now)))
      .orderBy(revocations.seq)
      .limit(ROWS_A_READ);
    found.push(...page);
    if (page.length < ROWS_A_READ) return found;
  }
}

/** Drops the entries that no longer cover any valid token. `now` is epoch ms. */
export async function destroyExpired(database: Database, now: number): Promise<void> {
  await housekeep(database, [database.orm.delete(revocations).where(lte(revocations.expiresAt, now))]);
}

/** Holds while the account exists and has no revocation after `version` was read. */
export function isAccountAt(id: string, version: number): SQL {
  const same = and(eq(users.id, id), isNull(users.deletedAt), eq(users.credentialVersion, version));
  return sql`EXISTS (SELECT 1 FROM ${users} WHERE ${same})`;
}

/** Holds while both exist and neither has a revocation after its version was read. */
export function areAt(account: Versioned, client: Versioned): SQL {
  return sql`${isAccountAt(account.id, account.version)} AND ${isClientAt(client.id, client.version)}`;
}

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** Holds while the client exists and has no revocation after `version` was read. */
function isClientAt(clientId: string, version: number): SQL {
  const same = and(
    eq(oauthClients.clientId, clientId),
    isNull(oauthClients.deletedAt),
    eq(oauthClients.credentialVersion, version),
  );
  return sql`EXISTS (SELECT 1 FROM ${oauthClients} WHERE ${same})`;
}

/** Holds while no entry about this subject exists. Entries outlive every token that they cover. */
function isNotListed(kind: "token" | "grant", id: string): SQL {
  const listed = and(eq(revocations.kind, kind), eq(revocations.id, id));
  return sql`NOT EXISTS (SELECT 1 FROM ${revocations} WHERE ${listed})`;
}

/** The same check as a read from the primary, for secrets that are issued without a write. @throws unauthorized */
export async function requireToken(database: Database, principal: Principal, origin: string): Promise<void> {
  database.readPrimary();
  for (const { condition, refusal } of tokenStillHolds(principal, origin)) {
    const [row] = await database.orm.all<{ holds: number }>(sql`SELECT ${condition} AS holds`);
    if (row?.holds !== 1) throw refusal(undefined);
  }
}

/**
 * Holds while the access token of the request is not revoked. Empty for a principal without a token of this service,
 * because tokens of trusted issuers cannot be revoked here.
 */
export function tokenStillHolds(principal: Principal, origin: string): Guard[] {
  if (principal.kind === "anonymous" || principal.token === undefined) return [];
  const { jti, account, accountVersion, client_id: clientId, clientVersion, grant } = principal.token;
  const conditions = [
    isAccountAt(account, accountVersion),
    isClientAt(clientId, clientVersion),
    isNotListed("token", jti),
    ...(grant === undefined ? [] : [isNotListed("grant", grant)]),
  ];
  return [
    {
      condition: sql.join(conditions, sql` AND `),
      refusal: (cause) => {
        const scheme = principal.isBound === true ? "DPoP" : "Bearer";
        const { detail, headers } = problemOf({ kind: "revoked" }, { origin, scheme });
        return problem("unauthorized", { detail, headers, cause });
      },
    },
  ];
}
