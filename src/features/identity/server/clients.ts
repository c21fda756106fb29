/**
 * OAuth clients as oidc-provider sees them. It never gets a client's secret, because only the hash is stored. The
 * stored scopes decide what a client may request, and a public client never acts for itself.
 */
import type { Adapter, Client, Payload } from "oidc-provider";
import { isClientSecret } from "../clients/secrets.ts";
import { currentExchange } from "./exchange.ts";
import { findClient, type StoredClient } from "./party-queries.ts";

export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
export const GRANTS = ["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT];

/** Metadata that the library does not define. */
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
    const client = await findClient(currentExchange().context.database, id);
    return client === undefined ? undefined : metadataOf(client);
  },
};

/** Whether the secret is the client's present one, or the previous one while it is still valid. */
export function compareSecret(this: Client, secret: string): Promise<boolean> {
  return isClientSecret(
    secret,
    {
      secretHash: this.secret_hash ?? null,
      previousSecretHash: this.previous_secret_hash ?? null,
      previousSecretExpiresAt: this.previous_secret_expires_at ?? null,
    },
    currentExchange().context.now,
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
    // The library requires a secret here, but compares through `compareSecret`.
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

/** RFC 8252: for an app on the person's own machine, any port of the loopback address matches. */
function isNative({ redirectUris }: StoredClient): boolean {
  return redirectUris.some((uri) => !uri.startsWith("https://"));
}
