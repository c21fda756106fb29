/**
 * Who may do what with OAuth clients. Only a principal that administers the service (the role and the scope `admin`,
 * people within 12 hours of signing in, no API key) knows of them:
 * - it reads, lists, changes and deletes them;
 * - it registers, extends, and rotates the secret of a client that acts for people, who consent to what it gets;
 * - for a client that acts for itself, it does that only while its token holds all of the client's scopes, and, where the
 *   token is bound to a key (DPoP), only if the client's tokens have to be bound, too.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import { administers } from "#core/contract/administration.ts";
import { heldScopes, SCOPES } from "#core/contract/principal.ts";

export const oauthClientAbilities: AbilityRules = (principal, allow, request) => {
  if (!administers(principal, request)) return;
  const held = heldScopes(principal);
  const isBound = principal.kind !== "anonymous" && principal.isBound === true;
  const forPeople = { grant_types: { $nin: ["client_credentials"] } };
  const within = {
    scopes: { $nin: SCOPES.filter((scope) => !held.includes(scope)) },
    ...(isBound ? { requires_dpop: true } : {}),
  };

  allow(["list", "read", "update", "delete"], "oauth_clients");
  allow(["create", "rotate", "extend"], "oauth_clients", forPeople);
  allow(["create", "rotate", "extend"], "oauth_clients", within);
};
