/**
 * Converts the members of a collection to columns and back. `postal_code` is the column `postalCode`, and a time is stored
 * as epoch milliseconds. An absent member is NULL, or empty text in a column that cannot be NULL. Pure.
 */
import type { z } from "@hono/zod-openapi";
import type { Current } from "#core/contract/endpoint.ts";
import type { Members } from "#core/contract/resource.ts";
import type { Representation } from "../versioned.ts";
import type { AnyRow, Collection } from "./collection.ts";
import { type Columns, columnName } from "./stored-member.ts";

type Values = Readonly<Record<string, unknown>>;

/** The value of an absent member in a column that cannot be NULL. */
const ABSENT_TEXT = "";

/** The columns of the members of `schema`, which `values` contains. */
export function columnsOf(
  { table, stored = {} }: Pick<Collection, "table" | "stored">,
  schema: z.ZodObject,
  values: Values,
): Columns {
  const columns = table as unknown as Readonly<Record<string, { readonly notNull: boolean }>>; // known by name only
  const parts = Object.keys(schema.shape).map((member) => {
    const value = values[member];
    const own = stored[member];
    if (own !== undefined) return own.toColumns(value);
    const name = columnName(member);
    if (value === undefined) return { [name]: columns[name]?.notNull === true ? ABSENT_TEXT : null };
    return { [name]: isTime(member) ? Date.parse(value as string) : value }; // the schema has checked the value
  });
  return Object.assign({}, ...parts) as Columns;
}

/** The row that a resource was made from, except the columns that it does not show. */
export function rowOf(collection: Collection, { members, version, validator }: Current): AnyRow {
  const columns = columnsOf(collection, collection.resource.schema, members);
  return { ...columns, version, updatedAt: validator.modifiedAt };
}

/** Converts rows of a collection to members. */
export function representationOf<Shown extends Members>(
  collection: Collection<z.ZodObject, Shown>,
): Representation<AnyRow, Shown> {
  const { resource, memberOf } = collection;
  return { resource, memberOf: memberOf ?? ((row) => membersOf(collection, resource.schema, row) as Shown) };
}

/** The members of a row that `schema` has, in its order. NULL is absent, and a time is RFC 3339 in UTC. */
export function membersOf<Schema extends z.ZodObject>(
  { stored = {} }: Pick<Collection, "stored">,
  schema: Schema,
  row: Values,
): z.output<Schema> {
  const entries = Object.keys(schema.shape).flatMap((member) => {
    const value = stored[member]?.fromRow(row) ?? row[columnName(member)];
    if (value === null || value === undefined || (value === ABSENT_TEXT && isOptional(schema, member))) return [];
    return [[member, isTime(member) ? new Date(value as number).toISOString() : value]];
  });
  return Object.fromEntries(entries) as z.output<Schema>; // each value was checked before it was stored
}

function isTime(member: string): boolean {
  return member.endsWith("_at");
}

function isOptional({ shape }: z.ZodObject, member: string): boolean {
  return shape[member]?.def.type === "optional";
}
