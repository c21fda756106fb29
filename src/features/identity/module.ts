/** Identity: the authorization server, its signing keys, and the sign-ins of people. */
import { defineModule, type Module } from "#core/contract/module.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { forgetAccountStatements } from "./accounts/store.ts";
import { declareIdentityEndpoints } from "./endpoints.ts";
import { signingKeyAbilities } from "./keys/abilities.ts";
import { signingKeyEndpoints } from "./keys/endpoints.ts";
import { rotate } from "./keys/keys.ts";
import { dropExpiredLinks } from "./mail/store.ts";
import { dropExpiredChallenges } from "./passkeys/store.ts";
import { destroyExpired as dropExpiredRevocations } from "./revocations/store.ts";
import { declareAuthorizationServer } from "./server/endpoints.ts";
import type { ShowRefusal } from "./server/refusals.ts";
import { PROTOCOL_SCOPES } from "./server/scopes.ts";
import { destroyExpired as dropExpiredArtifacts } from "./server/store.ts";
import { dropExpiredSignIns } from "./sign-ins/store.ts";

/**
 * `scopes` are those of all modules. `showRefusal` renders the page for an authorization request that cannot be
 * redirected back to the client.
 *
 * @throws RangeError if a module declares a scope of the protocol
 */
export function identityModule(scopes: Scopes, showRefusal: ShowRefusal): Module {
  const taken = PROTOCOL_SCOPES.find((name) => name in scopes);
  if (taken !== undefined) throw new RangeError(`the scope ${taken} belongs to OAuth, not to a module`);
  return defineModule({
    name: "identity",
    endpoints: [...declareIdentityEndpoints(scopes), ...signingKeyEndpoints],
    protocolEndpoints: declareAuthorizationServer(scopes, showRefusal),
    abilities: signingKeyAbilities,
    tags: {
      Identity: "The issuers and scopes of access tokens, and the signing keys.",
      OAuth: "The authorization server (OAuth 2.1): people and programs get access tokens here.",
    },
    eraseAccount: forgetAccountStatements,
    scheduledTasks: {
      "sign-ins": ({ database, now }) => dropExpiredSignIns(database, now),
      "mail links": ({ database, now }) => dropExpiredLinks(database, now),
      "passkey challenges": ({ database, now }) => dropExpiredChallenges(database, now),
      "oauth artifacts": ({ database, now }) => dropExpiredArtifacts(database, now),
      revocations: ({ database, now }) => dropExpiredRevocations(database, now),
      "signing keys": (context) => rotate(context),
    },
  });
}
