/**
 * API keys as identity uses them. They are found by their hash, and end together with the grant or client they came
 * from.
 */
import { and, asc, desc, eq, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commit, housekeep, type Statements } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { apiKeys } from "#schema/api-keys.ts";
import { oauthArtifacts, oauthClients } from "#schema/oauth.ts";
import { users } from "#schema/users.ts";

/** A key and its owner. Times are epoch milliseconds. */
export type PresentedKey = Awaited<ReturnType<typeof findPresentedKey>> & object;

/**
 * The key whose present or previous secret has that hash, and the client that received this secret. Undefined if there
 * is none, if the key is revoked, or if its owner is gone.
 */
export async function findPresentedKey(database: Database, hash: string) {
  const clientId = sql<
    string | null
  >`CASE WHEN ${apiKeys.secretHash} = ${hash} THEN ${apiKeys.clientId} ELSE ${apiKeys.previousClientId} END`;
  const [row] = await database.orm
    .select({
      id: apiKeys.id,
      scopes: apiKeys.scopes,
      expiresAt: apiKeys.expiresAt,
      lastUsedOn: apiKeys.lastUsedOn,
      isPrevious: sql<number>`${apiKeys.secretHash} <> ${hash}`,
      previousSecretExpiresAt: apiKeys.previousSecretExpiresAt,
      ownerId: users.id,
      role: users.role,
      plan: users.plan,
      kind: users.kind,
      clientId,
      client: {
        scopes: oauthClients.scopes,
        grantTypes: oauthClients.grantTypes,
        requiresDpop: oauthClients.requiresDpop,
      },
    })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .leftJoin(oauthClients, and(eq(oauthClients.clientId, clientId), isNull(oauthClients.deletedAt)))
    .where(
      and(
        or(eq(apiKeys.secretHash, hash), eq(apiKeys.previousSecretHash, hash)),
        isNull(apiKeys.deletedAt),
        isNull(users.deletedAt),
      ),
    )
    .limit(1);
  return row;
}

/**
 * Records that the key was used on that day, such as 2026-01-31. Of several concurrent requests only one records it,
 * and an earlier day never overwrites a later one. The owner sees this as a change of the key.
 */
export async function noteUse(database: Database, id: string, day: string, now: number): Promise<void> {
  const noted = database.orm
    .update(apiKeys)
    .set({
      lastUsedOn: day,
      version: sql`${apiKeys.version} + 1`,
      updatedAt: sql`max(${apiKeys.updatedAt}, ${now})`,
    })
    .where(
      and(eq(apiKeys.id, id), isNull(apiKeys.deletedAt), or(isNull(apiKeys.lastUsedOn), lt(apiKeys.lastUsedOn, day))),
    );
  await housekeep(database, [noted]);
}

/** A key as its owner sees it. */
export interface ListedKey {
  readonly id: string;
  readonly name: string;
  /** The first characters of its secret. */
  readonly hint: string;
  /** A day, such as 2026-01-31. */
  readonly lastUsedOn: string | null;
}

/** The keys of an account that give access at `now` (epoch ms), oldest first. */
export async function listLiveKeys(database: Database, userId: string, now: number): Promise<readonly ListedKey[]> {
  return database.orm
    .select({ id: apiKeys.id, name: apiKeys.name, hint: apiKeys.hint, lastUsedOn: apiKeys.lastUsedOn })
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.userId, userId),
        isNull(apiKeys.deletedAt),
        or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
      ),
    )
    .orderBy(asc(apiKeys.createdAt), asc(apiKeys.id));
}

/** Revokes all keys of an account, with the same effect as deleting each of them. */
export function revokeKeysOf(database: Database, userId: string, now: number): BatchItem<"sqlite"> {
  return endKeys(database, eq(apiKeys.userId, userId), now);
}

/** A query for the account's keys as its page shows them: newest first, each with the name of its client. */
export function ownKeysQuery(database: Database, accountId: string) {
  return database.orm
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      hint: apiKeys.hint,
      scopes: apiKeys.scopes,
      expiresAt: apiKeys.expiresAt,
      lastUsedOn: apiKeys.lastUsedOn,
      createdAt: apiKeys.createdAt,
      // Rows of a batch are keyed by column name, so the two `name` columns need distinct aliases.
      clientName: sql<string | null>`${oauthClients.name}`.as("client_name"),
    })
    .from(apiKeys)
    .leftJoin(oauthClients, eq(oauthClients.clientId, apiKeys.clientId))
    .where(and(eq(apiKeys.userId, accountId), isNull(apiKeys.deletedAt)))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
}

export type OwnKey = Awaited<ReturnType<typeof ownKeysQuery>>[number];

/** Ends one of the account's keys. False if the account has no such key. */
export async function revokeOwnKey(
  { database, now }: Pick<RequestContext, "database" | "now">,
  accountId: string,
  id: string,
): Promise<boolean> {
  const own = and(eq(apiKeys.id, id), eq(apiKeys.userId, accountId), isNull(apiKeys.deletedAt));
  const [found] = await database.orm.select({ id: apiKeys.id }).from(apiKeys).where(own);
  if (found === undefined) return false;
  await commit(database, { guards: [], statements: [endKeys(database, own, now)] });
  return true;
}

/**
 * For the batch that revokes a grant; it runs before the grant itself is deleted. Ends the keys that the grant's client
 * received through it.
 */
export function endKeysOfGrant(database: Database, grantId: string, now: number): Statements {
  const owner = sql`(SELECT ${oauthArtifacts.accountId} FROM ${oauthArtifacts} WHERE ${oauthArtifacts.model} = 'Grant' AND ${oauthArtifacts.grantId} = ${grantId})`;
  return [
    endKeys(database, sql`${apiKeys.userId} = ${owner} AND ${apiKeys.grantId} = ${grantId}`, now),
    endPreviousSecrets(database, sql`${apiKeys.userId} = ${owner} AND ${apiKeys.previousGrantId} = ${grantId}`, now),
  ];
}

/** For the batch in which a person disconnects an app. Ends the keys that the app received, through any grant. */
export function endKeysOfApp(
  database: Database,
  { accountId, clientId }: { readonly accountId: string; readonly clientId: string },
  now: number,
): Statements {
  const own = eq(apiKeys.userId, accountId);
  return [
    endKeys(database, and(own, eq(apiKeys.clientId, clientId)), now),
    endPreviousSecrets(database, and(own, eq(apiKeys.previousClientId, clientId)), now),
  ];
}

/** For the batch that deletes a client. Its previous secrets are refused because the client no longer exists. */
export function endKeysOfClient(database: Database, clientId: string, now: number): BatchItem<"sqlite"> {
  return endKeys(database, eq(apiKeys.clientId, clientId), now);
}

function endKeys(database: Database, condition: SQL | undefined, now: number): BatchItem<"sqlite"> {
  const deletedAt = sql`max(${apiKeys.updatedAt}, ${now})`;
  return database.orm
    .update(apiKeys)
    .set({ deletedAt, version: sql`${apiKeys.version} + 1` })
    .where(and(condition, isNull(apiKeys.deletedAt)));
}

/** Ends the secret before the last rotation and keeps the key. */
function endPreviousSecrets(database: Database, condition: SQL | undefined, now: number): BatchItem<"sqlite"> {
  return database.orm
    .update(apiKeys)
    .set({
      previousSecretHash: null,
      previousClientId: null,
      previousGrantId: null,
      previousSecretExpiresAt: null,
      version: sql`${apiKeys.version} + 1`,
      updatedAt: sql`max(${apiKeys.updatedAt}, ${now})`,
    })
    .where(and(condition, isNull(apiKeys.deletedAt)));
}
