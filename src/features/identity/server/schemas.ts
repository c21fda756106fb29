/**
 * The authorization server's requests and responses in the OpenAPI document, under the names that the standards define.
 */
import { z } from "@hono/zod-openapi";

/** Printable ASCII (RFC 6749 appendix A), which most values of OAuth use. */
const VISIBLE = "^[\\x20-\\x7E]*$";
const TOKEN = "^[A-Za-z0-9._~-]+$";
const SCOPE = "^[\\x21\\x23-\\x5B\\x5D-\\x7E]+( [\\x21\\x23-\\x5B\\x5D-\\x7E]+)*$";

export function visible(max: number, description: string) {
  return z.string().max(max).openapi({ pattern: VISIBLE, description });
}

export function token(max: number, description: string) {
  return z.string().max(max).openapi({ pattern: TOKEN, description });
}

/** A value from a small set that a standard defines. */
export function exactly(pattern: string, description: string) {
  return z.string().max(64).openapi({ pattern, description });
}

export function uri(description: string) {
  return z.url().max(2048).openapi({ format: "uri", description });
}

export function seconds(description: string, max: number) {
  return z.int().min(0).max(max).openapi({ format: "int32", description });
}

export const scope = z.string().max(512).openapi({
  pattern: SCOPE,
  description:
    "Scope names separated by spaces. Default: all scopes that can be granted. Scopes that cannot be granted are omitted without an error.",
});

export const resource = uri(
  "The API that the token is for (RFC 8707). Default: the `resource` of the metadata, the only supported value.",
);

/** Client authentication in the form, instead of `Authorization: Basic`. */
export const clientFields = {
  client_id: visible(255, "The client.").optional(),
  client_secret: visible(255, "The client's secret, if it has one.").optional(),
};

export const errorSchema = z
  .object({
    error: z.string().max(64).openapi({ pattern: "^[a-z_]+$", description: "The error code of the standard." }),
    error_description: visible(1024, "An explanation for developers.").optional(),
    scope: scope.optional(),
  })
  .openapi("OAuthError", { description: "The error of a request (RFC 6749 section 5.2)." });

const tokenType = exactly("^(Bearer|DPoP)$", "The authentication scheme that the token is sent with.");

export const tokensSchema = z
  .object({
    access_token: token(4096, "The access token: a JWT (RFC 9068) that is valid for ten minutes."),
    token_type: tokenType,
    expires_in: seconds("The lifetime in seconds.", 600),
    refresh_token: token(255, "The refresh token. It can be used once.").optional(),
    id_token: token(4096, "The ID token (OpenID Connect).").optional(),
    scope: z
      .string()
      .max(512)
      .openapi({ pattern: VISIBLE, description: "The granted scopes, separated by spaces." })
      .optional(),
  })
  .openapi("OAuthTokens", { description: "The tokens (RFC 6749 section 5.1)." });

export const introspectionSchema = z
  .object({
    active: z.boolean().openapi({ description: "Whether the token is valid now." }),
    iss: uri("The issuer.").optional(),
    sub: visible(255, "The subject of the token.").optional(),
    aud: visible(2048, "The API that the token is for.").optional(),
    client_id: visible(255, "The client that the token was issued to.").optional(),
    exp: z.int().min(0).max(253_402_300_799).openapi({ format: "int64", description: "Epoch seconds." }).optional(),
    iat: z.int().min(0).max(253_402_300_799).openapi({ format: "int64", description: "Epoch seconds." }).optional(),
    jti: token(255, "The identifier of the token.").optional(),
    scope: z
      .string()
      .max(512)
      .openapi({ pattern: VISIBLE, description: "The scopes of the token, separated by spaces." })
      .optional(),
    token_type: tokenType.optional(),
    cnf: z
      .object({ jkt: token(64, "The thumbprint of the key that the token is bound to (RFC 9449).") })
      .optional()
      .openapi({ description: "The confirmation of a bound token (RFC 7800). Absent for a bearer token." }),
  })
  .openapi("OAuthIntrospection", {
    description: "The state of a token (RFC 7662 section 2.2). For an invalid token it contains only `active`.",
  });

export const pushedSchema = z
  .object({
    request_uri: visible(512, "The value to send as `request_uri`. It can be used once."),
    expires_in: seconds("The lifetime in seconds.", 60),
  })
  .openapi("OAuthPushedRequest", { description: "The reference to a pushed request (RFC 9126 section 2.2)." });

export const deviceSchema = z
  .object({
    device_code: token(255, "The code that the device polls the token endpoint with."),
    user_code: z
      .string()
      .max(9)
      .openapi({ pattern: "^[B-Z]{4}-[B-Z]{4}$", description: "The code that the user enters." }),
    verification_uri: uri("Where."),
    verification_uri_complete: uri("The page, with the code filled in."),
    expires_in: seconds("The lifetime in seconds.", 600),
  })
  .openapi("OAuthDeviceCode", {
    description: "The codes of a device authorization (RFC 8628 section 3.2). Poll every 5 seconds.",
  });

const name = z.string().max(128).openapi({ pattern: VISIBLE });
const names = z.array(name).max(100);
const place = z.url().max(2048).openapi({ format: "uri" });

export const serverMetadataSchema = z
  .object({
    issuer: uri("The issuer: the `iss` of tokens."),
    authorization_endpoint: place.openapi({
      description: "The authorization endpoint, which a client redirects the user's browser to.",
    }),
    token_endpoint: place.openapi({
      description: "The token endpoint.",
    }),
    jwks_uri: place.openapi({
      description: "The URL of the key set that verifies tokens.",
    }),
    revocation_endpoint: place.openapi({
      description: "The revocation endpoint (RFC 7009).",
    }),
    introspection_endpoint: place.openapi({
      description: "The introspection endpoint (RFC 7662).",
    }),
    pushed_authorization_request_endpoint: place.openapi({
      description: "The endpoint for pushed authorization requests (RFC 9126).",
    }),
    device_authorization_endpoint: place.openapi({
      description: "The device authorization endpoint (RFC 8628).",
    }),
    end_session_endpoint: place.openapi({
      description: "The logout endpoint, which a client redirects the user's browser to.",
    }),
    registration_endpoint: place
      .openapi({
        description: "The client registration endpoint (RFC 7591). Absent while registration is disabled.",
      })
      .optional(),
    scopes_supported: names.openapi({
      description: "The scopes that a client can request.",
    }),
    response_types_supported: names.openapi({
      description: "The supported values of `response_type`.",
    }),
    response_modes_supported: names.openapi({
      description: "The supported values of `response_mode`.",
    }),
    grant_types_supported: names.openapi({
      description: "The supported values of `grant_type`.",
    }),
    code_challenge_methods_supported: names.openapi({
      description: "The supported methods of PKCE (RFC 7636).",
    }),
    token_endpoint_auth_methods_supported: names.openapi({
      description: "How clients authenticate at the token endpoint.",
    }),
    revocation_endpoint_auth_methods_supported: names.openapi({
      description: "How clients authenticate at the revocation endpoint.",
    }),
    introspection_endpoint_auth_methods_supported: names.openapi({
      description: "How clients authenticate at the introspection endpoint.",
    }),
    dpop_signing_alg_values_supported: names.openapi({
      description: "The supported signature algorithms of DPoP proofs (RFC 9449).",
    }),
    authorization_response_iss_parameter_supported: z.boolean().openapi({
      description: "Whether authorization responses contain `iss` (RFC 9207).",
    }),
    require_pushed_authorization_requests: z.boolean().openapi({
      description: "Whether every authorization request has to be pushed.",
    }),
    request_parameter_supported: z.boolean().openapi({
      description: "Whether `request` can contain a signed request.",
    }),
    request_uri_parameter_supported: z.boolean().openapi({
      description: "Whether `request_uri` can refer to a request outside this service.",
    }),
    claims_parameter_supported: z.boolean().openapi({
      description: "Whether `claims` can request individual claims.",
    }),
    subject_types_supported: names.openapi({
      description: "The supported subject types. `public`: `sub` is the same for all clients.",
    }),
    id_token_signing_alg_values_supported: names.openapi({
      description: "The signature algorithms of ID tokens.",
    }),
    claims_supported: names.openapi({
      description: "The claims that an ID token can contain.",
    }),
    prompt_values_supported: names.openapi({
      description: "The supported values of `prompt`.",
    }),
    service_documentation: place.openapi({
      description: "The developer documentation.",
    }),
  })
  .openapi("OAuthServerMetadata", { description: "The metadata of the authorization server (RFC 8414 section 2)." });

export const keySetSchema = z
  .object({
    keys: z
      .array(
        z.object({
          kty: exactly("^EC$", "The type of the key."),
          crv: exactly("^P-256$", "The curve."),
          x: token(64, "The x coordinate."),
          y: token(64, "The y coordinate."),
          kid: token(64, "The key id in token headers."),
          alg: exactly("^ES256$", "The algorithm."),
          use: exactly("^sig$", "The use of the key: signatures."),
        }),
      )
      .max(100)
      .openapi({ description: "The public keys, the current signing key first." }),
  })
  .openapi("JsonWebKeySet", { description: "A set of public keys (RFC 7517 section 5)." });

const registrable = {
  client_name: z.string().max(100).openapi({ pattern: "\\S", description: "The name that the consent page shows." }),
  redirect_uris: z.array(place).max(10).openapi({ description: "The same rules as in `/v1/oauth-clients` apply." }),
  post_logout_redirect_uris: z
    .array(place)
    .max(10)
    .openapi({ description: "The same rules as in `/v1/oauth-clients` apply." }),
  grant_types: names.openapi({ description: "The grants by which the client gets tokens." }),
  response_types: names.openapi({ description: "The values of `response_type` that the client uses." }),
  token_endpoint_auth_method: exactly(
    "^(none|client_secret_basic|client_secret_post)$",
    "`none` registers a public client.",
  ),
  id_token_signed_response_alg: exactly("^ES256$", "The signature algorithm of the client's ID tokens."),
  dpop_bound_access_tokens: z
    .boolean()
    .openapi({ description: "Whether the client's tokens must be bound to a key (DPoP, RFC 9449)." }),
  scope,
};

export const registrationInput = z.strictObject(registrable).partial().openapi("OAuthRegistrationInput", {
  description:
    "The metadata of a client (RFC 7591 section 2). These members are registered. Other members of the RFC are validated but not stored; unknown members are ignored.",
});

export const registrationSchema = z
  .object({
    client_id: visible(255, "The client's identifier in OAuth requests."),
    client_id_issued_at: z
      .int()
      .min(0)
      .max(253_402_300_799)
      .openapi({ format: "int64", description: "Epoch seconds." }),
    client_secret: token(255, "The client's secret. Only this response contains it.").optional(),
    client_secret_expires_at: z
      .int()
      .min(0)
      .max(0)
      .openapi({ format: "int32", description: "Always 0: the secret does not expire." })
      .optional(),
    ...registrable,
  })
  .openapi("OAuthRegistration", { description: "The registered client (RFC 7591 section 3.2.1)." });
