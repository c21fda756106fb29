/** Revocations as they are stored: a log that only grows, read from where one last stopped, until its entries expire. */
import { and, gt, lte } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { revocations } from "#schema/oauth.ts";
import type { Revocation } from "./revocation.ts";

/** Within the parameters that one statement of D1 may have. */
const ROWS_A_STATEMENT = 20;
const ROWS_A_READ = 5_000;

export interface StoredRevocation extends Revocation {
  readonly seq: number;
}

/** Statements for the batch that revokes. Whoever commits it tells this isolate by `noteRevoked`. */
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
