/** Credentials of programs: API keys and OAuth clients. */
import { defineModule, type EraseAccount, type Module } from "#core/contract/module.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { apiKeyAbilities } from "./api-keys/abilities.ts";
import { apiKeyEndpoints } from "./api-keys/endpoints.ts";
import { oauthClientAbilities } from "./oauth-clients/abilities.ts";
import { oauthClientEndpoints } from "./oauth-clients/endpoints.ts";

/** `scopes` are those of all modules. */
export function apiKeysModule(scopes: Scopes): Module {
  return defineModule({
    name: "api-keys",
    endpoints: apiKeyEndpoints(scopes),
    abilities: apiKeyAbilities(scopes),
    tags: {
      "API keys": "Keys for programs that cannot use OAuth. A key acts for one account, with some of its scopes.",
    },
  });
}

/**
 * `scopes` are those of all modules. `eraseAccount` removes the data that other modules store about the account of a
 * service client.
 */
export function oauthClientsModule(scopes: Scopes, eraseAccount: EraseAccount): Module {
  return defineModule({
    name: "oauth-clients",
    endpoints: oauthClientEndpoints(scopes, eraseAccount),
    abilities: oauthClientAbilities(scopes),
    tags: { "OAuth clients": "Programs that get access tokens from this service. Admins register them." },
  });
}
