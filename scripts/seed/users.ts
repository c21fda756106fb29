// The accounts of the local state. The rows are always the same (no clock, no randomness), in order of creation.

import { CLOSED_AT, type History, historyOf, momentOf, OPENED_AT } from "./calendar.ts";
import { idAt } from "./ids.ts";
import { type Person, people } from "./people.ts";
import { randomOf } from "./random.ts";
import { rowsOf, type Seed } from "./seed.ts";
import { insertsInto } from "./sql.ts";

export interface Row extends History {
  /** From 1, in order of creation. */
  readonly seq: number;
  readonly id: string;
}

/** A row of `users`. Times are epoch ms. */
export interface UserRow extends Row {
  readonly email: string;
  readonly name: string;
  readonly role: Person["role"];
}

export const userSeed: Seed = { table: "users", statements: () => insertsInto("users", rowsOf(userRows())) };

const DEMO_ACCOUNTS = 4;

/** One row per person, in the same order. */
export function userRows(): UserRow[] {
  const everyone = people();
  const random = randomOf("rows/users");
  // The demo accounts are the first users: they join on the first morning, one minute apart.
  const moments = everyone
    .map((_, index) =>
      index < DEMO_ACCOUNTS ? OPENED_AT + index * 60_000 : Math.max(momentOf(random, 0, 24), FIRST_DAY_ENDS),
    )
    .sort((a, b) => a - b);
  return everyone.map(({ email, name, role }, index) => {
    const createdAt = moments[index] ?? CLOSED_AT;
    return {
      seq: index + 1,
      id: idAt("user", createdAt, random),
      email,
      name,
      role,
      ...historyOf(random, createdAt, 0.4),
    };
  });
}

const FIRST_DAY_ENDS = OPENED_AT + 86_400_000;
