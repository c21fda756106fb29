/** Credentials of programs: API keys and OAuth clients. */
import { defineModule, type EraseAccount, type Module } from "#core/contract/module.ts";
import { apiKeyAbilities } from "./api-keys/abilities.ts";
import { apiKeyEndpoints } from "./api-keys/endpoints.ts";
import { oauthClientAbilities } from "./oauth-clients/abilities.ts";
import { oauthClientEndpoints } from "./oauth-clients/endpoints.ts";

export const apiKeysModule = defineModule({
  name: "api-keys",
  endpoints: apiKeyEndpoints,
  abilities: apiKeyAbilities,
  tags: {
    "API keys": "Keys for programs that cannot use OAuth. A key acts for one account, with some of its scopes.",
  },
});

/** `eraseAccount` removes the data that other modules store about the account of a service client. */
export function oauthClientsModule(eraseAccount: EraseAccount): Module {
  return defineModule({
    name: "oauth-clients",
    endpoints: oauthClientEndpoints(eraseAccount),
    abilities: oauthClientAbilities,
    tags: { "OAuth clients": "Programs that get access tokens from this service. Admins register them." },
  });
}
