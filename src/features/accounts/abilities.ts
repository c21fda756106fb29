/**
 * Access rules for users. The scope `users:read` permits reads. The scope `users:write` permits writes, and reads of
 * the accounts that the token may write:
 * - every principal with an account reads that account;
 * - people change their own name and delete their own account; an API key cannot delete the account;
 * - staff and admins list all users, page through snapshots of the list, and read each user;
 * - an administrator changes the name, email address and role of any user, and deletes any account. That takes the role
 *   and the scope `admin`. API keys are refused, and a person must have signed in within the last 12 hours.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import { administers } from "#core/contract/administration.ts";

export const userAbilities: AbilityRules = (principal, allow, request) => {
  if (principal.kind === "anonymous") return;
  const own = { id: principal.id };
  const staff = principal.roles.includes("staff") || principal.roles.includes("admin");
  const reads = principal.scopes.includes("users:read");
  const writes = principal.scopes.includes("users:write");

  if (reads || writes) allow("read", "users", own);
  if (writes && principal.kind === "user") allow("update", "users", ["name"], own);
  if (writes && principal.kind === "user" && principal.credential !== "api-key") allow("delete", "users", own);
  if (reads && staff) allow(["list", "snapshot", "read"], "users");
  if (writes && administers(principal, request)) {
    allow(["read", "delete"], "users");
    allow("update", "users", ["name", "email", "role"]);
  }
};
