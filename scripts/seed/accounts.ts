// The accounts of the local demo data, in the form of the table `users`. A domain adds its own rows (seeds.ts).

import { CLOSED_AT, type History, historyOf, momentOf, OPENED_AT } from "./calendar.ts";
import { idAt } from "./ids.ts";
import { type Person, people } from "./people.ts";
import { randomOf } from "./random.ts";

/** A row of `users`. Times are epoch ms. */
export interface UserRow extends History {
  readonly seq: number;
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Person["role"];
}

const DEMO_ACCOUNTS = 4;

/** The rows of all people, in order of `seq`: always the same. */
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
