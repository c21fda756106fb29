/**
 * A collection is a resource in one table. It declares its columns, filters and sort keys; list, create, read, change and
 * delete follow from them. Pure.
 */
import type { z } from "@hono/zod-openapi";
import { textParameter } from "#core/contract/parameters.ts";
import type { Members, Resource } from "#core/contract/resource.ts";
import type { CollectionTable, Selected } from "#core/data/collection.ts";
import type { StoredRow, VersionedRow } from "../versioned.ts";
import { columnName, type StoredMember } from "./stored-member.ts";

/** A row whose columns are known by name only. */
export type AnyRow = VersionedRow & Readonly<Record<string, unknown>>;

/** A query parameter that selects rows by one member. */
export interface Filter {
  readonly member: string;
  /**
   * `equals` and `one-of` are `filter[name]`; `one-of` lists alternatives, separated by commas. `at-least` and `at-most`
   * are `filter[name][gte]` and `filter[name][lte]`.
   */
  readonly operator: "equals" | "one-of" | "at-least" | "at-most";
  /** The parameter's schema: `textParameter()`, `listParameter()` or `integerParameter()`. */
  readonly parameter: z.ZodType;
}

/** A member that contains the id of another row, which must exist when the member is written. */
export interface Reference {
  readonly member: string;
  /** The collection of that row. A row that the caller may not read counts as missing. */
  readonly collection: Pick<Collection, "resource" | "table" | "stored">;
}

export interface Collection<
  Input extends z.ZodObject = z.ZodObject,
  Shown extends Members = Members,
  Change extends z.ZodObject = z.ZodObject,
> {
  /**
   * With `owner`, rows belong to the account that creates them, and a list contains the rows that the caller can read.
   */
  readonly resource: Resource & { readonly example: Shown };
  /** The prefix of ids, such as `addr`. */
  readonly idPrefix: string;
  readonly table: CollectionTable<StoredRow>;
  /** What a client sends to create the resource. */
  readonly input: Input;
  /** The members that a client can change. Default: those of `input`. */
  readonly change: Change;
  /** The members that can sort a list. Each is never null and has an index. `created_at` is one of them. */
  readonly sortKeys: readonly string[];
  readonly filters: readonly Filter[];
  /** Checked by `createRow()` and `changeRow()` in the batch of the write. */
  readonly references?: readonly Reference[];
  /** Members that are not simply the column of their name. */
  readonly stored?: Readonly<Record<string, StoredMember>>;
  /** Whether the ability `snapshot` permits paging by number. */
  readonly hasSnapshots?: boolean;
  /** Further columns need `memberOf`. */
  readonly selected?: Selected;
  /** Replaces the representation by columns, for a resource that is not one row. */
  memberOf?(row: AnyRow): Shown;
}

type Declaration<Input extends z.ZodObject, Shown extends Members, Change extends z.ZodObject, Row> = Omit<
  Collection<Input, Shown, Change>,
  "table" | "change" | "memberOf"
> & {
  readonly table: CollectionTable<Row>;
  readonly change?: Change;
  memberOf?(row: never): Shown;
};

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
 *   filters: [idFilter("product_id", "Only reviews of this product.", ProductResource.example.id)],
 *   references: [{ member: "product_id", collection: productCollection }],
 * });
 * @throws RangeError for a member that has no column, or a reference that is no member of the input
 */
export function defineCollection<
  Input extends z.ZodObject,
  Shown extends Members,
  Row extends StoredRow,
  Change extends z.ZodObject = Input,
>(declaration: Declaration<Input, Shown, Change, Row>): Collection<Input, Shown, Change> {
  const { resource, table, input, references = [], stored = {}, memberOf } = declaration;
  const hasColumn = (member: string) => (stored[member]?.column ?? columnName(member)) in table;
  const missing = Object.keys({ ...resource.schema.shape, ...input.shape }).find((member) => !hasColumn(member));
  if (missing !== undefined && memberOf === undefined) {
    throw new RangeError(`${resource.collection} has no column for the member ${missing}`);
  }
  const unset = references.find(({ member }) => !(member in input.shape));
  if (unset !== undefined) throw new RangeError(`the input of ${resource.collection} has no member ${unset.member}`);
  const collection: unknown = { change: input, ...declaration };
  return collection as Collection<Input, Shown, Change>; // the columns are checked by name above
}

/** A filter by the id of another resource. */
export function idFilter(member: string, description: string, example: string): Filter {
  return { member, operator: "equals", parameter: textParameter({ max: 64, description, example }) };
}

/** The name of a filter's query parameter. */
export function parameterOf({ member, operator }: Filter): string {
  if (operator === "at-least") return `filter[${member}][gte]`;
  return operator === "at-most" ? `filter[${member}][lte]` : `filter[${member}]`;
}
