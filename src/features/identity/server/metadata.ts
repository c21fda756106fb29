/**
 * The metadata of the authorization server (RFC 8414, OpenID Connect Discovery), derived from the configuration only.
 */
import type { Scopes } from "#core/contract/scopes.ts";
import type { Settings } from "#core/contract/settings.ts";
import { PATHS } from "./paths.ts";
import { requestableScopes } from "./scopes.ts";

const SECRET_METHODS = ["client_secret_basic", "client_secret_post"];

/** `origin` is the service's origin, which is also the issuer. */
export function serverMetadata(origin: string, settings: Pick<Settings, "clientRegistration">, scopes: Scopes) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}${PATHS.authorize}`,
    token_endpoint: `${origin}${PATHS.token}`,
    jwks_uri: `${origin}${PATHS.jwks}`,
    revocation_endpoint: `${origin}${PATHS.revoke}`,
    introspection_endpoint: `${origin}${PATHS.introspect}`,
    pushed_authorization_request_endpoint: `${origin}${PATHS.par}`,
    device_authorization_endpoint: `${origin}${PATHS.deviceAuthorization}`,
    end_session_endpoint: `${origin}${PATHS.logout}`,
    ...(settings.clientRegistration === "open" ? { registration_endpoint: `${origin}${PATHS.register}` } : {}),
    scopes_supported: requestableScopes(scopes),
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: [
      "authorization_code",
      "refresh_token",
      "client_credentials",
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: [...SECRET_METHODS, "none"],
    revocation_endpoint_auth_methods_supported: [...SECRET_METHODS, "none"],
    introspection_endpoint_auth_methods_supported: SECRET_METHODS,
    dpop_signing_alg_values_supported: ["ES256"],
    authorization_response_iss_parameter_supported: true,
    require_pushed_authorization_requests: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_parameter_supported: false,
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    claims_supported: ["sub", "iss", "auth_time", "amr"],
    prompt_values_supported: ["none", "login", "consent"],
    service_documentation: `${origin}/docs`,
  };
}
