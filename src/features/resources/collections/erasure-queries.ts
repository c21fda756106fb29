/**
 * Erases what an account has stored in a collection, including rows that it has already deleted. Only ids remain,
 * because other records refer to them: the row's own, and members such as `product_id`.
 */
import { and, eq, getTableColumns, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { EraseAccount } from "#core/contract/module.ts";
import type { Collection } from "./collection.ts";
import { type Columns, columnName } from "./stored-member.ts";

/**
 * The statements that empty the account's rows and delete them. A column becomes NULL; one that cannot be NULL becomes
 * empty text or 0. `blank` has other values for columns whose constraints allow neither.
 *
 * @example
 * eraseAccount: eraseOwnedRows(reviewCollection),
 */
export function eraseOwnedRows(collection: Collection, blank: Columns = {}): EraseAccount {
  const { table, resource } = collection;
  const owner = getTableColumns(table as SQLiteTable)[columnName(resource.owner ?? "")]; // known by name only
  if (owner === undefined) throw new RangeError(`${resource.collection} has no column for its owner`);
  const empty = { ...emptyColumns(collection), ...blank, version: sql`${table.version} + 1` };
  return (database, accountId, now) => {
    const update = (values: object, which: SQL) =>
      database.orm
        .update(table as SQLiteTable) // known by name only
        .set({ ...empty, ...values, updatedAt: now })
        .where(and(eq(owner, accountId), which));
    // One statement for each of the two partial indexes by owner.
    return [update({}, isNotNull(table.deletedAt)), update({ deletedAt: now }, isNull(table.deletedAt))];
  };
}

function emptyColumns({ input, table }: Collection): Columns {
  const columns = getTableColumns(table as SQLiteTable);
  const content = Object.keys(input.shape).filter((member) => !member.endsWith("_id"));
  return Object.fromEntries(
    content.map((member) => {
      const { notNull, dataType } = columns[columnName(member)] ?? { notNull: false, dataType: "string" };
      return [columnName(member), notNull ? (dataType === "number" ? 0 : "") : null];
    }),
  );
}
