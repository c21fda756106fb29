/** Checks of the service's dependencies. A check never throws and never exceeds its time limit. */

import type { Database } from "#core/data/database.ts";
import { settledWithin } from "#core/data/within.ts";
import { collections } from "#schema/collections.ts";

export interface CheckResult {
  readonly status: "pass" | "warn" | "fail";
  readonly milliseconds: number;
}

export const FAIL_AFTER_MS = 2000;
const WARN_AFTER_MS = 500;

/** Queries the first table of the schema: an empty database fails the check like an unreachable one. */
export async function answersDatabase(database: Database): Promise<CheckResult> {
  const startedAt = performance.now();
  const answered = (await settledWithin(hasSchema(database), FAIL_AFTER_MS)) === true;
  const milliseconds = Math.round(performance.now() - startedAt);
  if (!answered) return { status: "fail", milliseconds };
  return { status: milliseconds > WARN_AFTER_MS ? "warn" : "pass", milliseconds };
}

async function hasSchema(database: Database): Promise<boolean> {
  const rows = await database.orm.select({ name: collections.name }).from(collections).limit(1);
  return rows.length > 0;
}
