/**
 * Who may do what with users. A token reads with the scope `users:read`, and writes with `users:write`, which lets it
 * read as well what it may write:
 * - whoever has an account reads it;
 * - people change their own name, and delete their own account, the latter never with an API key;
 * - staff and admins list all users, page through frozen views of the list, and read each of them;
 * - who administers the service (the role and the scope `admin`, people within 12 hours of signing in, no API key)
 *   changes the name, the e-mail address and the role of everybody, and deletes every account.
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
