/** How OAuth clients are stored and listed. */
import { CLIENT_SCOPES, GRANT_TYPES } from "#features/identity/clients/rules.ts";
import { defineCollection } from "#features/resources/collections/collection.ts";
import { NOT_STORED, storedSet } from "#features/resources/collections/stored-member.ts";
import { oauthClients } from "#schema/oauth.ts";
import { OauthClientChange, OauthClientInput, OauthClientResource } from "./contract.ts";

export const oauthClientCollection = defineCollection({
  resource: OauthClientResource,
  idPrefix: "client",
  table: oauthClients,
  input: OauthClientInput,
  change: OauthClientChange,
  stored: {
    redirect_uris: storedSet("redirectUris"),
    post_logout_redirect_uris: storedSet("postLogoutRedirectUris"),
    grant_types: storedSet("grantTypes", GRANT_TYPES),
    scopes: storedSet("scopes", CLIENT_SCOPES),
    account_role: NOT_STORED,
  },
  sortKeys: ["created_at", "name"],
  filters: [],
});
