/** All SQL about users. No other file of this feature queries their table. */
import { and, eq, ne, type SQL, sql } from "drizzle-orm";
import type { Role } from "#core/contract/principal.ts";
import { users } from "#schema/users.ts";

export { users };

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
  return sql`EXISTS (SELECT 1 FROM ${users} WHERE ${and(listedUsers(), eq(users.role, "admin"), ne(users.id, id))})`;
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

/** Repeats the condition of the lists' partial indexes literally. With a bound value SQLite could not use them. */
export function listedUsers(): SQL {
  return sql`${users.deletedAt} IS NULL AND ${users.kind} = 'person'`;
}
