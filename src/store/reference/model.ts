/**
 * The categories and brands of products from the read model: at most two minutes old, or one hour while the database
 * fails. A refresh reads the primary, so that the lag of a replica does not add to the age.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { CLOCK_TOLERANCE_MS, type ReadModel } from "#core/data/read-model.ts";
import { type RefreshedModel, rememberModel } from "#core/data/refreshed-model.ts";
import { slugSchema } from "#features/resources/members.ts";
import { countSchema, MAX_ENTRIES } from "./contract.ts";
import { type Entry, entriesQuery, type ReferenceColumn } from "./queries.ts";

const referenceSchema = z.strictObject({
  /** In the order of their ids. */
  entries: z.array(z.strictObject({ id: slugSchema("keyboards"), count: countSchema })).max(MAX_ENTRIES),
  /** Epoch ms. The entries have not changed since then. */
  changed_at: z.int().min(0),
});

export type Reference = z.output<typeof referenceSchema>;

const BOUNDS = { freshMs: 60_000, staleMs: 120_000, lastResortMs: 3_600_000 };

const models: Readonly<Record<ReferenceColumn, RefreshedModel<Reference>>> = {
  category: rememberModel("categories", referenceSchema, BOUNDS, isPlausible),
  brand: rememberModel("brands", referenceSchema, BOUNDS, isPlausible),
};

/** No entry can change after it was read. A later date would persist for as long as the entries stay the same. */
function isPlausible({ value, madeAt }: ReadModel<Reference>): boolean {
  return value.changed_at <= madeAt + CLOCK_TOLERANCE_MS;
}

/** Runs no D1 query, or one statement if no copy is fresh enough. */
export async function readReference(context: RequestContext, column: ReferenceColumn): Promise<Reference> {
  const { value } = await models[column](context, (before) => makeReference(context, column, before));
  return value;
}

async function makeReference(
  { database, now }: RequestContext,
  column: ReferenceColumn,
  before: Reference | undefined,
): Promise<Reference> {
  database.readPrimary();
  const rows = await entriesQuery(database, column);
  const entries = rows.map(({ id, count }) => ({ id, count })).sort(byId);
  const isUnchanged = before !== undefined && isSame(before.entries, entries);
  if (isUnchanged && before.changed_at <= now) return before;
  // The last writer's clock can be ahead.
  return { entries, changed_at: Math.min(rows[0]?.changedAt ?? now, now) };
}

function isSame(some: readonly Entry[], others: readonly Entry[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

/** The order of the database: slugs are ASCII. */
function byId(one: Entry, other: Entry): number {
  return one.id < other.id ? -1 : 1;
}
