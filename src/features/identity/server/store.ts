/**
 * Storage of the authorization server's artifacts: codes, tokens, grants and interactions. Each is stored by the hash of
 * the client's value, never by the value itself. One statement or batch on the row decides what may happen only once.
 */
import { and, eq, getTableColumns, gt, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { commit, commitAndRead, housekeep, type Statements } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { problem } from "#core/http/problem.ts";
import { oauthArtifacts } from "#schema/oauth.ts";
import { users } from "#schema/users.ts";
import { endKeysOfGrant } from "../api-keys/store.ts";
import { noteRevoked } from "../revocations/memory.ts";
import { revocationOf } from "../revocations/revocation.ts";
import { isAccountAt, revocationStatements } from "../revocations/store.ts";
import { INTERACTION_SECONDS } from "./lifetimes.ts";

export type Members = Readonly<Record<string, unknown>>;

/** Times are epoch milliseconds. */
export interface Artifact {
  readonly model: string;
  readonly idHash: string;
  readonly payload: Members;
  readonly grantId: string | null;
  /** The hash of the user code. */
  readonly userCode: string | null;
  readonly accountId: string | null;
  readonly clientId: string | null;
  readonly expiresAt: number;
}

export interface StoredArtifact extends Artifact {
  readonly consumedAt: number | null;
  /** Encrypted under the token itself. */
  readonly successor: string | null;
  /** The account's credential version, read in the same statement; null if there is no account. */
  readonly accountVersion: number | null;
}

/** Finds expired artifacts, too. */
export async function findArtifact(
  database: Database,
  model: string,
  idHash: string,
): Promise<StoredArtifact | undefined> {
  return first(database, isArtifact(model, idHash));
}

export async function findByUserCode(database: Database, userCodeHash: string): Promise<StoredArtifact | undefined> {
  return first(database, and(eq(oauthArtifacts.model, "DeviceCode"), eq(oauthArtifacts.userCode, userCodeHash)));
}

/** The number of the account's grants to the client that are active at `now` (epoch ms). */
export async function countGrants(
  database: Database,
  accountId: string,
  clientId: string,
  now: number,
): Promise<number> {
  const [row] = await database.orm
    .select({ count: sql<number>`count(*)` })
    .from(oauthArtifacts)
    .where(
      and(
        eq(oauthArtifacts.accountId, accountId),
        eq(oauthArtifacts.clientId, clientId),
        eq(oauthArtifacts.model, "Grant"),
        gt(oauthArtifacts.expiresAt, now),
      ),
    );
  return row?.count ?? 0;
}

/** Inserts the artifact or updates it. */
export function saveStatement(database: Database, artifact: Artifact): BatchItem<"sqlite"> {
  const { model, idHash, payload, grantId, userCode, accountId, clientId, expiresAt } = artifact;
  const changes = { payload: JSON.stringify(payload), grantId, userCode, accountId, clientId, expiresAt };
  return database.orm
    .insert(oauthArtifacts)
    .values({ model, idHash, ...changes })
    .onConflictDoUpdate({ target: [oauthArtifacts.model, oauthArtifacts.idHash], set: changes });
}

export async function saveArtifact(database: Database, artifact: Artifact): Promise<void> {
  await commit(database, { guards: [], statements: [saveStatement(database, artifact)] });
}

/**
 * Saves an artifact that is issued under a grant. False, and nothing is written, if the grant has ended in the
 * meantime.
 */
export async function saveUnderGrant(database: Database, artifact: Artifact, grantId: string): Promise<boolean> {
  const isGrant = and(eq(oauthArtifacts.model, "Grant"), eq(oauthArtifacts.grantId, grantId));
  const condition = sql`EXISTS (SELECT 1 FROM ${oauthArtifacts} WHERE ${isGrant})`;
  return committed(database, condition, [saveStatement(database, artifact)]);
}

/** False if the artifact is already stored. */
export async function saveOnce(database: Database, artifact: Artifact): Promise<boolean> {
  const values = { ...artifact, payload: JSON.stringify(artifact.payload) };
  const inserted = database.orm
    .insert(oauthArtifacts)
    .values(values)
    .onConflictDoNothing()
    .returning({ model: oauthArtifacts.model });
  const [rows] = await commitAndRead(database, { guards: [], statements: [] }, [inserted]);
  return rows.length > 0;
}

/** Consumes the artifact. Of several concurrent calls one returns true. */
export async function consumeArtifact(
  database: Database,
  model: string,
  idHash: string,
  now: number,
): Promise<boolean> {
  const consumed = database.orm
    .update(oauthArtifacts)
    .set({ consumedAt: now })
    .where(and(isArtifact(model, idHash), isNull(oauthArtifacts.consumedAt)))
    .returning({ model: oauthArtifacts.model });
  const [rows] = await commitAndRead(database, { guards: [], statements: [] }, [consumed]);
  return rows.length > 0;
}

export interface Rotation {
  /** The hash of the token to use up. */
  readonly idHash: string;
  readonly sealedSuccessor: string;
  readonly successor: Artifact;
  /** The account's credential version, as it was read with the token. */
  readonly accountVersion: number;
  readonly now: number;
}

/**
 * Replaces one refresh token by another, atomically. False if the old one is gone or used, or the account has another
 * credential version.
 */
export async function rotateRefreshToken(database: Database, rotation: Rotation): Promise<boolean> {
  const { idHash, sealedSuccessor, successor, accountVersion, now } = rotation;
  const isOld = isArtifact("RefreshToken", idHash);
  const isLive = and(isOld, isNull(oauthArtifacts.consumedAt));
  const isSame = isAccountAt(successor.accountId ?? "", accountVersion);
  return committed(database, sql`EXISTS (SELECT 1 FROM ${oauthArtifacts} WHERE ${isLive}) AND ${isSame}`, [
    // Stays marked as used for as long as its successor could live.
    database.orm
      .update(oauthArtifacts)
      .set({ consumedAt: now, successor: sealedSuccessor, expiresAt: successor.expiresAt })
      .where(isOld),
    saveStatement(database, successor),
  ]);
}

/** A grant, and the condition for creating it. */
export interface GrantToSave {
  readonly artifact: Artifact;
  readonly holds: SQL;
}

/**
 * Writes the decision on an artifact that waits for a person, and the resulting grant. False if the artifact has
 * changed since it was read (gone, expired or decided), or `grant.holds` does not hold. `now` is epoch ms.
 */
export async function decide(
  database: Database,
  found: StoredArtifact,
  decision: Pick<Artifact, "payload"> & Partial<Pick<Artifact, "accountId">> & { readonly grant?: GrantToSave },
  now: number,
): Promise<boolean> {
  const { payload } = decision;
  const grant = decision.grant?.artifact;
  const holds = decision.grant?.holds ?? sql`1`;
  const isSame = and(
    isArtifact(found.model, found.idHash),
    eq(oauthArtifacts.payload, JSON.stringify(found.payload)),
    gt(oauthArtifacts.expiresAt, now),
  );
  const changed = saveStatement(database, {
    ...found,
    payload,
    grantId: grant?.grantId ?? found.grantId,
    accountId: grant?.accountId ?? decision.accountId ?? found.accountId,
  });
  return committed(database, sql`EXISTS (SELECT 1 FROM ${oauthArtifacts} WHERE ${isSame}) AND ${holds}`, [
    changed,
    ...(grant === undefined ? [] : [saveStatement(database, grant)]),
  ]);
}

/** Ends everything that came from one consent: refresh tokens, access tokens and API keys. `now` is epoch ms. */
export async function revokeGrant(database: Database, grantId: string, now: number): Promise<void> {
  const entries = [revocationOf("grant", grantId, now)];
  await commit(database, {
    guards: [],
    statements: [
      ...endKeysOfGrant(database, grantId, now),
      database.orm.delete(oauthArtifacts).where(eq(oauthArtifacts.grantId, grantId)),
      ...revocationStatements(database, entries),
    ],
  });
  noteRevoked(entries);
}

/** Revokes one access token by its `jti`. `now` is epoch ms. */
export async function revokeAccessToken(database: Database, jti: string, now: number): Promise<void> {
  const entries = [revocationOf("token", jti, now)];
  await commitAndRead(database, { guards: [], statements: revocationStatements(database, entries) }, []);
  noteRevoked(entries);
}

export async function destroyArtifact(database: Database, model: string, idHash: string): Promise<void> {
  const destroyed = database.orm.delete(oauthArtifacts).where(isArtifact(model, idHash));
  await commit(database, { guards: [], statements: [destroyed] });
}

/**
 * For the batch that deletes an account or changes its password: ends its grants, codes, refresh tokens and pending
 * interactions. The caller adds the revocation of kind `account`, which ends its access tokens.
 */
export function endSessionsOf(database: Database, accountId: string): [BatchItem<"sqlite">] {
  return [database.orm.delete(oauthArtifacts).where(eq(oauthArtifacts.accountId, accountId))];
}

/**
 * Drops expired artifacts. A pushed request is kept as long as its interaction may last, so that a second use is
 * detected. `now` is epoch ms.
 */
export async function destroyExpired(database: Database, now: number): Promise<void> {
  const isOutdated = lte(oauthArtifacts.expiresAt, now - INTERACTION_SECONDS * 1000);
  await housekeep(database, [database.orm.delete(oauthArtifacts).where(isOutdated)]);
}

function isArtifact(model: string, idHash: string): SQL | undefined {
  return and(eq(oauthArtifacts.model, model), eq(oauthArtifacts.idHash, idHash));
}

async function first(database: Database, condition: SQL | undefined): Promise<StoredArtifact | undefined> {
  const accountVersion = sql<
    number | null
  >`(SELECT ${users.credentialVersion} FROM ${users} WHERE ${users.id} = ${oauthArtifacts.accountId})`;
  const [row] = await database.orm
    .select({ ...getTableColumns(oauthArtifacts), accountVersion })
    .from(oauthArtifacts)
    .where(condition)
    .limit(1);
  return row === undefined ? undefined : { ...row, payload: JSON.parse(row.payload) as Members }; // written by saveStatement
}

/** False, and nothing is written, if the condition does not hold. */
async function committed(database: Database, condition: SQL, statements: Statements): Promise<boolean> {
  const refused = problem("conflict");
  try {
    await commit(database, { guards: [{ condition, refusal: () => refused }], statements });
    return true;
  } catch (failure) {
    if (failure === refused) return false;
    throw failure;
  }
}
