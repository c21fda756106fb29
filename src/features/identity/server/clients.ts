/**
 * OAuth clients as oidc-provider sees them. It never has a client's secret, since only the hash is stored; what a client
 * may ask for is decided by what is stored, and a public client never acts by itself.
 */
import type { Adapter, Client, Payload } from "oidc-provider";
import { isClientSecret } from "../clients/secrets.ts";
import { currentExchange } from "./exchange.ts";
import { findClient, type StoredClient } from "./store.ts";

export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
export const GRANTS = ["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT];

/** Metadata of ours beside those that the library knows. */
export const OWN_METADATA = [
  "account_id",
  "allowed_scopes",
  "secret_hash",
  "previous_secret_hash",
  "previous_secret_expires_at",
  "credential_version",
];

export const clientAdapter: Pick<Adapter, "find"> = {
  async find(id) {
    const client = await findClient(currentExchange().surroundings.database, id);
    return client === undefined ? undefined : metadataOf(client);
  },
};

/** Whether it is the client's secret, or the one before while that still counts. */
export function compareSecret(this: Client, secret: string): Promise<boolean> {
  return isClientSecret(
    secret,
    {
      secretHash: this.secret_hash ?? null,
      previousSecretHash: this.previous_secret_hash ?? null,
      previousSecretExpiresAt: this.previous_secret_expires_at ?? null,
    },
    currentExchange().surroundings.now,
  );
}

function metadataOf(client: StoredClient): Payload {
  const isPublic = client.type === "public";
  const grants = GRANTS.filter(
    (grant) => client.grantTypes.includes(grant) && !(isPublic && grant === "client_credentials"),
  );
  return {
    client_id: client.clientId,
    client_name: client.name,
    application_type: isNative(client) ? "native" : "web",
    redirect_uris: client.redirectUris,
    grant_types: grants,
    response_types: grants.includes("authorization_code") ? ["code"] : [],
    token_endpoint_auth_method: isPublic ? "none" : "client_secret_basic",
    // The library wants one to be there, and asks `compareSecret`.
    ...(isPublic ? {} : { client_secret: client.secretHash }),
    dpop_bound_access_tokens: client.requiresDpop,
    account_id: client.accountId,
    allowed_scopes: client.scopes,
    secret_hash: client.secretHash,
    previous_secret_hash: client.previousSecretHash,
    previous_secret_expires_at: client.previousSecretExpiresAt,
    credential_version: client.credentialVersion,
  };
}

/** RFC 8252: of an app on the person's own machine any port of the loopback address will do. */
function isNative({ redirectUris }: StoredClient): boolean {
  return redirectUris.some((uri) => !uri.startsWith("https://"));
}
