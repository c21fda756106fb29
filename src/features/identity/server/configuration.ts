/**
 * The configuration of oidc-provider: authorization code with PKCE, client credentials, device flow and rotating
 * refresh tokens, for this API only (RFC 8707). All other features of the library are off.
 */
import {
  type Client,
  type Configuration,
  type Context,
  errors,
  interactionPolicy,
  type JwtParts,
  type OidcContext,
  type Token,
} from "oidc-provider";
import { deriveBytes } from "#core/contract/derived-key.ts";
import type { Role } from "#core/contract/principal.ts";
import type { Settings } from "#core/contract/settings.ts";
import type { PrivateSigningKey } from "../keys/signing-key.ts";
import { ACCESS_TOKEN_SECONDS, ownOrigins } from "../own-issuer.ts";
import { account, standingOf } from "./accounts.ts";
import { adapterOf } from "./adapter.ts";
import { OWN_METADATA } from "./clients.ts";
import { currentExchange } from "./exchange.ts";
import {
  CODE_SECONDS,
  DEVICE_CODE_SECONDS,
  GRANT_SECONDS,
  ID_TOKEN_SECONDS,
  INTERACTION_SECONDS,
  REFRESH_IDLE_SECONDS,
} from "./lifetimes.ts";
import { findAccount } from "./party-queries.ts";
import { PATHS, RESUME_COOKIE } from "./paths.ts";
import { clientScopes, mayHave, namesIn, PROTOCOL_SCOPES } from "./scopes.ts";

/** The endpoints that accept a request. There the client can still correct a scope or resource that it may not have. */
const ASKING_ROUTES = ["authorization", "pushed_authorization_request", "device_authorization"];

/** The scope that a refresh token requires (OpenID Connect Core section 11). */
const OFFLINE = "offline_access";

type Call = Context & { readonly oidc: OidcContext };

/** The parameters of a provider. Each distinct setup has its own provider. */
export interface ProviderSetup {
  /** The issuer, which is also the only resource. */
  readonly origin: string;
  readonly key: PrivateSigningKey;
  readonly settings: Pick<Settings, "secret" | "dpopNonces">;
}

export async function configurationOf({ origin, key, settings }: ProviderSetup): Promise<Configuration> {
  const [cookieKey, nonceSecret] = await Promise.all([
    deriveBytes(settings.secret, "oauth-cookies", 32),
    deriveBytes(settings.secret, "dpop-nonces", 32),
  ]);
  return {
    adapter: (model: string) => adapterOf(model),
    jwks: { keys: [key] },
    // None of these cookies reaches a browser: bridge.ts tells the library which interaction is resumed.
    cookies: {
      names: { session: "session", interaction: "interaction", resume: RESUME_COOKIE },
      keys: [cookieKey.toBase64()],
      long: { signed: true },
      short: { signed: false },
    },
    routes: {
      authorization: PATHS.authorize,
      code_verification: PATHS.device,
      device_authorization: PATHS.deviceAuthorization,
      end_session: PATHS.logout,
      introspection: PATHS.introspect,
      jwks: PATHS.jwks,
      pushed_authorization_request: PATHS.par,
      revocation: PATHS.revoke,
      token: PATHS.token,
    },
    responseTypes: ["code"],
    scopes: [...PROTOCOL_SCOPES],
    claims: { openid: ["sub", "auth_time", "amr"] },
    subjectTypes: ["public"],
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    clientDefaults: {
      grant_types: ["authorization_code"],
      id_token_signed_response_alg: "ES256",
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
    },
    enabledJWA: { dPoPSigningAlgValues: ["ES256"], idTokenSigningAlgValues: ["ES256"] },
    extraClientMetadata: { properties: OWN_METADATA },
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    expiresWithSession: async () => false,
    findAccount: async (_context: Call, id: string) => account(id),
    loadExistingGrant,
    issueRefreshToken: async (_call: Call, client: Client, source: Token) =>
      client.grantTypeAllowed("refresh_token") && source.scopes.has(OFFLINE) && mayHave(client, OFFLINE),
    rotateRefreshToken: rotatesRefreshToken,
    interactions: {
      policy: policy(),
      url: async (_call: Call, { uid }: { uid: string }) => interactionUrl(origin, uid),
    },
    renderError,
    formats: { customizers: { jwt: completeAccessToken } },
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: CODE_SECONDS,
      ClientCredentials: ACCESS_TOKEN_SECONDS,
      DeviceCode: DEVICE_CODE_SECONDS,
      Grant: GRANT_SECONDS,
      IdToken: ID_TOKEN_SECONDS,
      Interaction: INTERACTION_SECONDS,
      RefreshToken: REFRESH_IDLE_SECONDS,
      Session: INTERACTION_SECONDS,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, deviceInfo: () => ({}) },
      introspection: { enabled: true, allowedPolicy: isOwnToken },
      revocation: { enabled: true, allowedPolicy: isOwnToken },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: {
        enabled: true,
        ...(settings.dpopNonces === "required"
          ? { nonceSecret: Buffer.from(nonceSecret), requireNonce: () => true }
          : { requireNonce: () => false }),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => origin,
        getResourceServerInfo: (call: Call, resource: string) => resourceServer(call, resource, origin),
        useGrantedResource: async () => true,
      },
    },
  };
}

/** The prompts and their conditions. Consent is always required, so each authorization has its own grant. */
function policy(): unknown {
  const prompts = interactionPolicy.base();
  const isGone = ({ oidc }: Call) => oidc.session?.accountId !== undefined && oidc.account === undefined;
  prompts.get("login").checks.add(new interactionPolicy.Check("account", "the account no longer exists", isGone));
  return prompts;
}

function interactionUrl(origin: string, uid: string): string {
  return `${origin}${PATHS.interaction}/${uid}`;
}

/**
 * Whether this use of a refresh token replaces it. @throws invalid_grant if the client has lost the scope
 * `offline_access`
 */
async function rotatesRefreshToken({ oidc }: Call): Promise<boolean> {
  if (!mayHave(oidc.client, OFFLINE))
    throw new errors.InvalidGrant("the client no longer has the scope offline_access");
  return currentExchange().refresh?.rotates ?? true;
}

async function loadExistingGrant({ oidc }: Call): Promise<unknown> {
  const id = oidc.result?.consent?.grantId;
  return id === undefined ? undefined : oidc.provider.Grant.find(id);
}

/** The API with the scopes that this client can get and, once it is known, this account. */
async function resourceServer({ oidc }: Call, resource: string, origin: string): Promise<unknown> {
  if (!isServed(oidc, resource, origin)) throw new errors.InvalidTarget();
  const allowed = oidc.client?.allowed_scopes ?? [];
  const isActing = oidc.params?.["grant_type"] === "client_credentials";
  const role = isActing ? await actingRole(oidc) : standingOf(oidc.account)?.role;
  const scopes = clientScopes(currentExchange().context.scopes, allowed, role);
  const asked = oidc.params?.["scope"];
  if (typeof asked === "string" && (isActing || ASKING_ROUTES.includes(oidc.route))) {
    const isPossible = namesIn(asked).some((name) => scopes.includes(name));
    if (!isPossible) throw new errors.InvalidScope("none of the scopes can be granted", asked);
  }
  return {
    scope: scopes.join(" "),
    audience: resource,
    accessTokenFormat: "jwt",
    accessTokenTTL: ACCESS_TOKEN_SECONDS,
    jwt: { sign: { alg: "ES256" } },
  };
}

/** On a local server, a grant for one loopback host can be redeemed on another. */
function isServed({ route, params }: OidcContext, resource: string, origin: string): boolean {
  if (resource === origin) return true;
  const isRedeemed = route === "token" && params?.["grant_type"] !== "client_credentials";
  return isRedeemed && ownOrigins(currentExchange().context).includes(resource);
}

/** @throws unauthorized_client for a client without an account */
async function actingRole({ client }: OidcContext): Promise<Role> {
  const exchange = currentExchange();
  const id = client?.account_id;
  const found = typeof id === "string" ? await findAccount(exchange.context.database, id) : undefined;
  if (found === undefined) throw new errors.UnauthorizedClient("the client has no account to act as");
  exchange.actingAccount = found;
  return found.role;
}

/** A client can introspect and revoke only its own tokens. */
async function isOwnToken(_call: Call, client: { readonly clientId: string }, token: Token): Promise<boolean> {
  return token.clientId === client.clientId;
}

/** Adds the claims that RFC 9068 leaves optional, and sets the times by the request's clock. */
async function completeAccessToken({ oidc }: Call, token: Token, { payload }: JwtParts): Promise<void> {
  const { context, actingAccount, accountVersion } = currentExchange();
  const issuedAt = Math.floor(context.now / 1000);
  const { AuthorizationCode, DeviceCode, RefreshToken } = oidc.entities;
  const signIn = RefreshToken ?? AuthorizationCode ?? DeviceCode;
  const { role, plan } = actingAccount ?? standingOf(oidc.account) ?? {};
  Object.assign(payload, {
    iat: issuedAt,
    exp: issuedAt + ACCESS_TOKEN_SECONDS,
    scope: payload["scope"] ?? "",
    roles: role === undefined ? [] : [role],
    ...(plan === undefined ? {} : { plan }),
    account: actingAccount?.id ?? token.accountId,
    account_version: actingAccount?.credentialVersion ?? accountVersion ?? 0,
    client_version: oidc.client?.credential_version ?? 0,
    ...(token.grantId === undefined ? {} : { grant: token.grantId }),
    ...(signIn?.authTime === undefined ? {} : { auth_time: signIn.authTime }),
    ...(signIn?.amr === undefined ? {} : { amr: signIn.amr }),
  });
}

/** Records an error that cannot be redirected to the client, so the bridge can show it. */
async function renderError(_call: Call, out: { error: string; error_description?: string }): Promise<void> {
  currentExchange().refusal = { error: out.error, description: out.error_description ?? "The request is invalid." };
}
