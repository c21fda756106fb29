/**
 * Storage of signing keys. Each change is one batch that asserts the keys it started from. Of two concurrent changes
 * one succeeds, and the other finds the new keys.
 */
import { and, eq, inArray, lte, ne, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { commit, housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { signingKeys } from "#schema/oauth.ts";
import { type KeyRecord, PREVIOUS_MS } from "./rotation.ts";
import type { PublicSigningKey } from "./signing-key.ts";

export interface StoredKey extends KeyRecord {
  readonly publicJwk: string;
  /** Encrypted. */
  readonly privateKey: string;
}

/** A key before it is stored. */
export interface NewKey {
  readonly key: PublicSigningKey;
  /** Encrypted. */
  readonly sealed: string;
}

/** All keys, read from the primary: the current one, the next one, then the previous ones, latest first. */
export async function selectKeys(database: Database): Promise<StoredKey[]> {
  database.readPrimary();
  return database.orm.select().from(signingKeys).orderBy(signingKeys.state, sql`${signingKeys.retiredAt} DESC`);
}

/**
 * Replaces the keys with these ids by two new ones; the old keys are only published from then on. Without ids it stores
 * the first keys. False if the stored keys are no longer these.
 */
export async function replaceKeys(
  database: Database,
  replaced: readonly string[],
  { current, next }: { readonly current: NewKey; readonly next: NewKey },
  now: number,
): Promise<boolean> {
  const { orm } = database;
  return attempt(database, inUse(database, replaced), [
    orm.update(signingKeys).set({ state: "previous", retiredAt: now }).where(ne(signingKeys.state, "previous")),
    orm.insert(signingKeys).values([
      { ...rowOf(current, now), state: "current", activatedAt: now },
      { ...rowOf(next, now), state: "next" },
    ]),
  ]);
}

/**
 * The next key becomes the current one, the current one becomes a previous one, and `made` becomes the next. False if a
 * concurrent call has changed the keys first.
 */
export async function advanceKeys(
  database: Database,
  from: { readonly current: string; readonly next: string },
  made: NewKey,
  now: number,
): Promise<boolean> {
  const { orm } = database;
  return attempt(database, inUse(database, [from.current, from.next]), [
    orm.update(signingKeys).set({ state: "previous", retiredAt: now }).where(eq(signingKeys.kid, from.current)),
    orm.update(signingKeys).set({ state: "current", activatedAt: now }).where(eq(signingKeys.kid, from.next)),
    orm.insert(signingKeys).values({ ...rowOf(made, now), state: "next" }),
  ]);
}

/** Drops the keys that have been published long enough since they last signed. */
export async function dropOutdated(database: Database, now: number): Promise<void> {
  const isOutdated = and(eq(signingKeys.state, "previous"), lte(signingKeys.retiredAt, now - PREVIOUS_MS));
  await housekeep(database, [database.orm.delete(signingKeys).where(isOutdated)]);
}

/** Whether the keys that are current or next are exactly these. */
function inUse(database: Database, kids: readonly string[]): SQL {
  const others = database.orm
    .select({ count: sql`count(*)` })
    .from(signingKeys)
    .where(ne(signingKeys.state, "previous"));
  if (kids.length === 0) return sql`(${others}) = 0`;
  const named = database.orm
    .select({ count: sql`count(*)` })
    .from(signingKeys)
    .where(and(ne(signingKeys.state, "previous"), inArray(signingKeys.kid, [...kids])));
  return sql`(${others}) = ${kids.length} AND (${named}) = ${kids.length}`;
}

async function attempt(
  database: Database,
  condition: SQL,
  statements: readonly [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]],
): Promise<boolean> {
  let isOvertaken = false;
  const refusal = (cause: unknown): Problem => {
    isOvertaken = true;
    return problem("internal-error", { cause });
  };
  try {
    await commit(database, { guards: [{ condition, refusal }], statements });
    return true;
  } catch (error) {
    if (isOvertaken) return false;
    throw error;
  }
}

function rowOf({ key, sealed }: NewKey, now: number) {
  return { kid: key.kid, publicJwk: JSON.stringify(key), privateKey: sealed, createdAt: now };
}
