/**
 * Who may do what with OAuth clients:
 * - who administers the service (the role and the scope `admin`, people within 12 hours of signing in, no API key)
 *   registers clients, reads, lists and changes them, rotates their secrets, and deletes them;
 * - nobody else knows of them.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import { administers } from "#core/contract/administration.ts";

export const oauthClientAbilities: AbilityRules = (principal, allow, request) => {
  if (!administers(principal, request)) return;
  allow(["list", "read", "create", "update", "rotate", "delete"], "oauth_clients");
};
