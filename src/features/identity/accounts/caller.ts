/**
 * The account that a request acts for. A token can outlive its account by seconds, or come from an issuer whose
 * subjects have no account here.
 */
import type { Principal } from "#core/contract/principal.ts";
import type { Guard } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import { isAccount } from "./store.ts";

/** The id of the caller's account; empty for a caller without credentials. */
export function callerAccountId(principal: Principal): string {
  return principal.kind === "anonymous" ? "" : principal.id;
}

/** The write fails with `forbidden` if the account does not exist. */
export function callerHasAccount(principal: Principal): Guard {
  return {
    condition: isAccount(callerAccountId(principal)),
    refusal: (cause) => problem("forbidden", { detail: "The token's subject has no account in this service.", cause }),
  };
}
