/**
 * Access rules for OAuth clients. Only administrators can see them. That takes the role and the scope `admin`. API keys
 * are refused, and a person must have signed in within the last 12 hours. An administrator has these rights:
 * - it reads, lists, changes and deletes clients;
 * - it registers and extends a client that acts for people, and rotates its secret, because people consent to what the
 *   client gets;
 * - for a client that acts for itself, it does so only while its token holds all scopes of the client. If that token is
 *   bound to a key (DPoP), the client must require bound tokens, too.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import { administers } from "#core/contract/administration.ts";
import { heldScopes, type Scopes } from "#core/contract/scopes.ts";

export function oauthClientAbilities(scopes: Scopes): AbilityRules {
  return (principal, allow, request) => {
    if (!administers(principal, request)) return;
    const held = heldScopes(scopes, principal);
    const isBound = principal.kind !== "anonymous" && principal.isBound === true;
    const forPeople = { grant_types: { $nin: ["client_credentials"] } };
    const within = {
      scopes: { $nin: Object.keys(scopes).filter((scope) => !held.includes(scope)) },
      ...(isBound ? { requires_dpop: true } : {}),
    };

    allow(["list", "read", "update", "delete"], "oauth_clients");
    allow(["create", "rotate", "extend"], "oauth_clients", forPeople);
    allow(["create", "rotate", "extend"], "oauth_clients", within);
  };
}
