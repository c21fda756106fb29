/**
 * A collection is a resource in one table with list, create, read, change and delete. It maps members to columns by name
 * (`postal_code` is `postalCode`), and a time to epoch milliseconds. An absent member is NULL, or empty text in a column that
 * cannot be NULL. Pure.
 */
import type { z } from "@hono/zod-openapi";
import type { Members, Resource } from "#core/contract/resource.ts";
import type { CollectionTable } from "#core/data/collection.ts";
import type { Representation, StoredRow } from "../versioned.ts";

type Value = string | number | null;
export type Columns = Readonly<Record<string, Value>>;

/** The value of an absent member in a column that cannot be NULL. */
const ABSENT_TEXT = "";

/** A row whose columns are known by name only. */
export type AnyRow = StoredRow & Readonly<Record<string, unknown>>;

/** A query parameter `filter[name]` and how it selects rows. */
export interface Filter {
  /** The member that it compares. */
  readonly member: string;
  /** `one-of`: the parameter lists alternatives, separated by commas. */
  readonly operator: "equals" | "one-of";
  /** The parameter's schema: `textParameter()` or `listParameter()`. */
  readonly parameter: z.ZodType;
}

export interface Collection<Input extends z.ZodObject = z.ZodObject> {
  /**
   * With `owner`, rows belong to the account that creates them, and a list contains the rows that the caller can read.
   */
  readonly resource: Resource;
  /** The prefix of ids, such as `addr`. */
  readonly idPrefix: string;
  readonly table: CollectionTable<AnyRow>;
  /** What a client can write. Each member is a column. */
  readonly input: Input;
  /** The members that can sort a list. Each is never null and has an index. `created_at` is one of them. */
  readonly sortKeys: readonly string[];
  readonly filters: readonly Filter[];
}

/**
 * Declares a collection.
 *
 * @example
 * export const reviewCollection = defineCollection({
 *   resource: ReviewResource,
 *   idPrefix: "rev",
 *   table: reviews,
 *   input: ReviewInput,
 *   sortKeys: ["created_at", "rating"],
 *   filters: [],
 * });
 * @throws RangeError for a member that has no column
 */
export function defineCollection<Input extends z.ZodObject, Row extends StoredRow>(
  declaration: Omit<Collection<Input>, "table"> & { readonly table: CollectionTable<Row> },
): Collection<Input> {
  const collection = declaration as unknown as Collection<Input>; // the table's columns are checked by name below
  const members = [...Object.keys(collection.resource.schema.shape), ...Object.keys(collection.input.shape)];
  const missing = members.find((member) => !(columnName(member) in collection.table));
  if (missing !== undefined) {
    throw new RangeError(`${collection.resource.collection} has no column for the member ${missing}`);
  }
  return collection;
}

/** `postal_code` is stored as `postalCode`. */
export function columnName(member: string): string {
  return member.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The columns of a request body. */
export function columnsOf(
  { input, table }: Pick<Collection, "input" | "table">,
  body: Readonly<Record<string, unknown>>,
): Columns {
  const columns = table as unknown as Readonly<Record<string, { readonly notNull: boolean }>>; // known by name only
  const entries = Object.keys(input.shape).map((member) => {
    const name = columnName(member);
    return [name, body[member] ?? (columns[name]?.notNull === true ? ABSENT_TEXT : null)];
  });
  return Object.fromEntries(entries) as Columns; // the contract's schema has checked the values
}

/** The members of a row that a client can write. @public */
export function writableMembers<Input extends z.ZodObject>(
  { input }: Pick<Collection<Input>, "input">,
  row: Readonly<Record<string, unknown>>,
): z.output<Input> {
  return membersOf({ schema: input }, row) as z.output<Input>; // each was checked before it was stored
}

/** Converts rows of a collection to members. */
export function representationOf({ resource }: Pick<Collection, "resource">): Representation<AnyRow, Members> {
  return { resource, memberOf: (row) => membersOf(resource, row) };
}

/** The members of a row in the order of the schema. NULL is absent, and a time is RFC 3339 in UTC. */
export function membersOf({ schema }: Pick<Resource, "schema">, row: Readonly<Record<string, unknown>>): Members {
  const members = Object.keys(schema.shape).flatMap((member) => {
    const value = row[columnName(member)];
    if (value === null || value === undefined || (value === ABSENT_TEXT && isOptional(schema, member))) return [];
    return [[member, member.endsWith("_at") ? new Date(value as number).toISOString() : value]]; // times are epoch ms
  });
  return Object.fromEntries(members) as Members; // every resource has an `id`
}

function isOptional({ shape }: z.ZodObject, member: string): boolean {
  return shape[member]?.def.type === "optional";
}

/** The members after a change of those that a client can write. */
export function changedMembers(
  { resource, input }: Pick<Collection, "resource" | "input">,
  before: Members,
  body: Readonly<Record<string, unknown>>,
  updatedAt: number,
): Members {
  const after = { ...before, updated_at: new Date(updatedAt).toISOString() };
  const isWritable = (member: string) => member in input.shape;
  const members = Object.keys(resource.schema.shape).flatMap((member) => {
    const value = isWritable(member) ? body[member] : (after as Record<string, unknown>)[member];
    return value === undefined ? [] : [[member, value]];
  });
  return Object.fromEntries(members) as Members; // every resource has an `id`
}
