/** How OAuth clients are stored and listed. */
import type { Scopes } from "#core/contract/scopes.ts";
import { GRANT_TYPES } from "#features/identity/clients/rules.ts";
import { requestableScopes } from "#features/identity/server/scopes.ts";
import { defineCollection } from "#features/resources/collections/collection.ts";
import { NOT_STORED, storedSet } from "#features/resources/collections/stored-member.ts";
import { oauthClients } from "#schema/oauth.ts";
import { schemasFor } from "./contract.ts";

export type OauthClientCollection = ReturnType<typeof oauthClientCollection>;

/** The collection of OAuth clients, for a service with those scopes. */
export function oauthClientCollection(scopes: Scopes) {
  return defineCollection({
    ...schemasFor(scopes),
    idPrefix: "client",
    table: oauthClients,
    stored: {
      redirect_uris: storedSet("redirectUris"),
      post_logout_redirect_uris: storedSet("postLogoutRedirectUris"),
      grant_types: storedSet("grantTypes", GRANT_TYPES),
      scopes: storedSet("scopes", requestableScopes(scopes)),
      account_role: NOT_STORED,
    },
    sortKeys: ["created_at", "name"],
    filters: [],
  });
}
