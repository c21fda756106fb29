/**
 * What products have in common, as the read model has it: at most two minutes old, and an hour while the database fails.
 * When it is made anew the primary is asked, so that no replica that lags behind adds to that.
 */
import { z } from "@hono/zod-openapi";
import type { Surroundings } from "#core/contract/doors.ts";
import { CLOCK_TOLERANCE_MS, type ReadModel } from "#core/data/read-model.ts";
import { type RefreshedModel, rememberModel } from "#core/data/refreshed-model.ts";
import { slugSchema } from "#features/resources/members.ts";
import { countSchema, MAX_ENTRIES } from "./contract.ts";
import { type Entry, entriesQuery, type ReferenceColumn } from "./queries.ts";

const referenceSchema = z.strictObject({
  /** By their ids. */
  entries: z.array(z.strictObject({ id: slugSchema("keyboards"), count: countSchema })).max(MAX_ENTRIES),
  /** Epoch ms: the entries have not changed since. */
  changed_at: z.int().min(0),
});

export type Reference = z.output<typeof referenceSchema>;

const BOUNDS = { freshMs: 60_000, staleMs: 120_000, lastResortMs: 3_600_000 };

const models: Readonly<Record<ReferenceColumn, RefreshedModel<Reference>>> = {
  category: rememberModel("categories", referenceSchema, BOUNDS, isPlausible),
  brand: rememberModel("brands", referenceSchema, BOUNDS, isPlausible),
};

/** Nothing has changed after it was read. A date from then would be handed on for as long as the entries stay the same. */
function isPlausible({ value, madeAt }: ReadModel<Reference>): boolean {
  return value.changed_at <= madeAt + CLOCK_TOLERANCE_MS;
}

/** No D1 query, or one statement where there is nothing that is new enough. */
export async function readReference(surroundings: Surroundings, column: ReferenceColumn): Promise<Reference> {
  const { value } = await models[column](surroundings, (before) => makeReference(surroundings, column, before));
  return value;
}

async function makeReference(
  { database, now }: Surroundings,
  column: ReferenceColumn,
  before: Reference | undefined,
): Promise<Reference> {
  database.readPrimary();
  const rows = await entriesQuery(database, column);
  const entries = rows.map(({ id, count }) => ({ id, count })).sort(byId);
  const isUnchanged = before !== undefined && isSame(before.entries, entries);
  if (isUnchanged && before.changed_at <= now) return before;
  // A clock that was ahead may have written last.
  return { entries, changed_at: Math.min(rows[0]?.changedAt ?? now, now) };
}

function isSame(some: readonly Entry[], others: readonly Entry[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

/** As the database orders them: slugs are ASCII. */
function byId(one: Entry, other: Entry): number {
  return one.id < other.id ? -1 : 1;
}
