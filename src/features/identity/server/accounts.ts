/** Accounts as oidc-provider sees them. A deleted account is not found, so its codes and refresh tokens end with it. */
import type { Account } from "oidc-provider";
import type { Plan, Role } from "#core/contract/principal.ts";
import { currentExchange } from "./exchange.ts";
import { findAccount } from "./party-queries.ts";

interface Person extends Account {
  readonly role: Role;
  readonly plan: Plan;
}

export async function account(id: string): Promise<Person | undefined> {
  const found = await findAccount(currentExchange().context.database, id);
  if (found?.kind !== "person") return undefined;
  return { accountId: id, role: found.role, plan: found.plan, claims: async () => ({ sub: id }) };
}

/** The role and the plan of an account that `account` returned. */
export function standingOf(known: Account | undefined): Pick<Person, "role" | "plan"> | undefined {
  return known === undefined ? undefined : (known as Person); // the library only has accounts from here
}
