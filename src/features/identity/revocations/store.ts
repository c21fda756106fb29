/**
 * Revocations as they are stored: a log that only grows, read from where the last read stopped, until its entries expire.
 * And conditions for the batch that issues a credential: that what it rests on is not revoked when the batch runs. With
 * them, a revocation that commits first refuses the issuing, and one that commits later ends what was issued.
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

/** Within the parameters that one statement of D1 may have. */
const ROWS_A_STATEMENT = 20;
const ROWS_A_READ = 5_000;

export interface StoredRevocation extends KnownRevocation {
  readonly seq: number;
}

/**
 * Statements for the batch that revokes. A trigger advances the credential version of the account or the client in the
 * same batch, and writes it to the entry. The caller calls `noteRevoked` when the batch is committed.
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
 * Those behind `seq` that have not expired, in order, as the primary has them: a replica may not know yet who is shut
 * out. D1 gives numbers in the order of commits.
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

/** Drops what can be about no token any more. `now` is epoch ms. */
export async function destroyExpired(database: Database, now: number): Promise<void> {
  await housekeep(database, [database.orm.delete(revocations).where(lte(revocations.expiresAt, now))]);
}

/** Holds while the account exists and nothing of it was revoked since `version` was read. */
export function isAccountAt(id: string, version: number): SQL {
  const same = and(eq(users.id, id), isNull(users.deletedAt), eq(users.credentialVersion, version));
  return sql`EXISTS (SELECT 1 FROM ${users} WHERE ${same})`;
}

/** Holds while both exist and nothing of either was revoked since their versions were read. */
export function areAt(account: Versioned, client: Versioned): SQL {
  return sql`${isAccountAt(account.id, account.version)} AND ${isClientAt(client.id, client.version)}`;
}

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** Holds while the client exists and nothing of it was revoked since `version` was read. */
function isClientAt(clientId: string, version: number): SQL {
  const same = and(
    eq(oauthClients.clientId, clientId),
    isNull(oauthClients.deletedAt),
    eq(oauthClients.credentialVersion, version),
  );
  return sql`EXISTS (SELECT 1 FROM ${oauthClients} WHERE ${same})`;
}

/** Holds while there is no entry about this subject. Entries outlive every token that they are about. */
function isNotListed(kind: "token" | "grant", id: string): SQL {
  const listed = and(eq(revocations.kind, kind), eq(revocations.id, id));
  return sql`NOT EXISTS (SELECT 1 FROM ${revocations} WHERE ${listed})`;
}

/** The same, asked of the primary: for what is given without a write. @throws unauthorized */
export async function requireToken(database: Database, principal: Principal, origin: string): Promise<void> {
  database.readPrimary();
  for (const { condition, refusal } of tokenStillHolds(principal, origin)) {
    const [row] = await database.orm.all<{ holds: number }>(sql`SELECT ${condition} AS holds`);
    if (row?.holds !== 1) throw refusal(undefined);
  }
}

/**
 * Holds while the access token that the request came with is not revoked. None for a principal without such a token:
 * a trusted issuer's, which this service cannot revoke.
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
