/**
 * OAuth clients as oidc-provider sees them. It never has a client's secret, since only the hash is stored; what a client
 * may ask for is decided by what is stored, and a public client never acts by itself.
 */
import { type Adapter, type Client, errors, type Payload } from "oidc-provider";
import { makeId } from "#core/contract/identifier.ts";
import { scopesOf } from "#core/contract/principal.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { isClientSecret } from "../clients/secrets.ts";
import { currentExchange } from "./exchange.ts";
import { namesIn, PROTOCOL_SCOPES } from "./scopes.ts";
import { findClient, insertClient, type StoredClient } from "./store.ts";

export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const GRANTS = ["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT];

/** Metadata of ours; nobody may set them by registering. */
export const OWN_METADATA = [
  "account_id",
  "allowed_scopes",
  "secret_hash",
  "previous_secret_hash",
  "previous_secret_expires_at",
];

/** What may be registered without anybody's consent: nothing by which a client acts for itself. */
const REGISTRABLE_GRANTS = ["authorization_code", "refresh_token", DEVICE_GRANT];

export const clientAdapter: Pick<Adapter, "find" | "upsert"> = {
  async find(id) {
    const client = await findClient(currentExchange().surroundings.database, id);
    return client === undefined ? undefined : metadataOf(client);
  },
  async upsert(id, metadata) {
    const exchange = currentExchange();
    const { surroundings } = exchange;
    const { database, now, randomBytes } = surroundings;
    const secret = metadata["client_secret"];
    const scopes = registrableScopes(exchange.registeredScope);
    exchange.registered = scopes;
    await insertClient(
      database,
      {
        id: makeId("client", now, randomBytes(10)),
        clientId: id,
        name: typeof metadata["client_name"] === "string" ? metadata["client_name"] : id,
        type: typeof secret === "string" ? "confidential" : "public",
        accountId: null,
        secretHash: typeof secret === "string" ? await hashSecret(secret) : null,
        redirectUris: metadata["redirect_uris"] as readonly string[], // checked by the library
        grantTypes: metadata["grant_types"] as readonly string[], // checked by the library
        scopes,
        requiresDpop: metadata["dpop_bound_access_tokens"] === true,
      },
      now,
    );
  },
};

/** Of what a client asks for when it registers itself, what everybody may ask people for. */
export function registrableScopes(asked: string | undefined): string[] {
  const open = [...PROTOCOL_SCOPES, ...scopesOf("customer")];
  return asked === undefined ? open : open.filter((scope) => namesIn(asked).includes(scope));
}

/** @throws invalid_client_metadata for what a client that registers itself must not say */
export function checkRegistration(metadata: Payload): void {
  const grants = metadata["grant_types"];
  const isRegistrable = !Array.isArray(grants) || grants.every((grant) => REGISTRABLE_GRANTS.includes(String(grant)));
  if (!isRegistrable) throw new errors.InvalidClientMetadata("grant_types holds one that cannot be registered");
  const own = OWN_METADATA.find((name) => metadata[name] !== undefined);
  if (own !== undefined) throw new errors.InvalidClientMetadata(`${own} cannot be registered`);
}

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
  };
}

/** RFC 8252: of an app on the person's own machine any port of the loopback address will do. */
function isNative({ redirectUris }: StoredClient): boolean {
  return redirectUris.some((uri) => !uri.startsWith("https://"));
}
