/** People as oidc-provider sees them. Who is gone is nobody: their codes and refresh tokens end with them. */
import type { Account } from "oidc-provider";
import type { Role } from "../../contract/principal.ts";
import { currentExchange } from "./exchange.ts";
import { findAccount } from "./store.ts";

interface Person extends Account {
  readonly role: Role;
}

export async function account(id: string): Promise<Person | undefined> {
  const found = await findAccount(currentExchange().surroundings.database, id);
  if (found?.kind !== "person") return undefined;
  return { accountId: id, role: found.role, claims: async () => ({ sub: id }) };
}

/** The role of an account that `account` gave. */
export function roleOf(known: Account | undefined): Role | undefined {
  return known === undefined ? undefined : (known as Person).role; // the library knows no other accounts
}
