/** All SQL about users. No other file of this feature queries their table. */
import { and, eq, getTableColumns, inArray, ne, type SQL, sql } from "drizzle-orm";
import type { Role } from "#core/contract/principal.ts";
import { generationColumns, isPresent } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { behind, type OrderTerm, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import type { Freezable } from "#features/paging/snapshot.ts";
import { type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { users } from "#schema/users.ts";
import { type SortName, UserResource } from "./contract.ts";

export { users };

export type UserRow = typeof users.$inferSelect;

/** A list of users: its filters and its order. A row must match all given filters. */
export interface UserList {
  readonly filter: { readonly roles: readonly string[] | undefined; readonly email: string | undefined };
  readonly keys: readonly SortKey<SortName>[];
}

export async function findUser(database: Database, id: string): Promise<UserRow | undefined> {
  const [row] = await database.orm.select().from(users).where(isPresent(users, id)).limit(1);
  return row;
}

/** One page of the list. */
export function pageQuery(database: Database, list: UserList, { order, after, limit }: Window) {
  return database.orm
    .select({ ...getTableColumns(users), ...generationColumns(UserResource.collection) })
    .from(users)
    .where(and(conditionsOf(list), after === undefined ? anywhere(list, order) : behind(order, after)))
    .orderBy(...orderBy(order))
    .limit(limit);
}

/** The list in the form that a snapshot freezes. */
export function freezable(list: UserList): Freezable<UserRow> {
  return { table: users, where: conditionsOf(list), order: orderOf(list) };
}

/** The order of the list's sort keys, made total by the id. */
export function orderOf({ keys }: UserList): SortTerm<UserRow>[] {
  return totalOrder<SortName, UserRow>(
    keys,
    {
      created_at: { column: users.createdAt, valueOf: (row) => row.createdAt },
      name: { column: users.name, valueOf: (row) => row.name },
      email: { column: users.email, valueOf: (row) => row.email },
    },
    { column: users.id, valueOf: (row) => row.id },
  );
}

/** Holds while the account belongs to a person. */
export function isPerson(id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${users} WHERE ${and(eq(users.id, id), eq(users.kind, "person"))})`;
}

/** Holds while no other account has that email address, regardless of case. */
export function isFree(email: string, id: string): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM ${users} WHERE ${and(eq(users.email, email), ne(users.id, id))})`;
}

/** Holds while another person is an admin. */
export function hasOtherAdmin(id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${users} WHERE ${and(isListed(), eq(users.role, "admin"), ne(users.id, id))})`;
}

/** The columns of a deleted user: the id stays because other records refer to it, and all personal data is removed. */
export function anonymousColumns(id: string) {
  return {
    email: `${id}@deleted.invalid`,
    name: "Deleted user",
    role: "customer" satisfies Role,
    emailVerifiedAt: null,
  } as const;
}

function conditionsOf({ filter }: UserList): SQL | undefined {
  const { roles, email } = filter;
  const [role, ...others] = (roles ?? []) as Role[]; // an unknown role matches no user
  return and(
    isListed(),
    role === undefined
      ? undefined
      : others.length === 0
        ? eq(users.role, role)
        : inArray(users.role, [role, ...others]),
    email === undefined ? undefined : eq(users.email, email),
  );
}

/** In the words of the lists' partial indexes: a bound value would not show that they may serve. */
function isListed(): SQL {
  return sql`${users.deletedAt} IS NULL AND ${users.kind} = 'person'`;
}

/**
 * Repeats the condition of the lists' partial indexes literally: with a bound value, SQLite could not use those
 * indexes.
 */
function anywhere({ filter }: UserList, [first]: readonly OrderTerm[]): SQL | undefined {
  if ((filter.roles?.length ?? 0) < 2 || first === undefined) return undefined;
  return sql`${first.column} < x''`;
}
