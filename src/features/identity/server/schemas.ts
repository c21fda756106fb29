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
  description: "Names separated by spaces. Left out: all that may be had. What may not be had is left out in silence.",
});

export const resource = uri(
  "Which API the token is for (RFC 8707): the `resource` of the metadata, which is the default.",
);

/** Client authentication in the form, instead of `Authorization: Basic`. */
export const clientFields = {
  client_id: visible(255, "The client.").optional(),
  client_secret: visible(255, "Its secret, where it has one.").optional(),
};

export const errorSchema = z
  .object({
    error: z.string().max(64).openapi({ pattern: "^[a-z_]+$", description: "As the standard names it." }),
    error_description: visible(1024, "For developers.").optional(),
    scope: scope.optional(),
  })
  .openapi("OAuthError", { description: "What is wrong with a request (RFC 6749 section 5.2)." });

const tokenType = exactly("^(Bearer|DPoP)$", "How it is sent.");

export const tokensSchema = z
  .object({
    access_token: token(4096, "A JWT (RFC 9068), good for ten minutes."),
    token_type: tokenType,
    expires_in: seconds("Until it expires, in seconds.", 600),
    refresh_token: token(255, "Good once, for the next tokens.").optional(),
    id_token: token(4096, "Who signed in (OpenID Connect).").optional(),
    scope: z.string().max(512).openapi({ pattern: VISIBLE, description: "What the access token permits." }).optional(),
  })
  .openapi("OAuthTokens", { description: "RFC 6749 section 5.1." });

export const introspectionSchema = z
  .object({
    active: z.boolean().openapi({ description: "Whether the token is valid now." }),
    iss: uri("The issuer.").optional(),
    sub: visible(255, "Whom it is about.").optional(),
    aud: visible(2048, "Which API it is for.").optional(),
    client_id: visible(255, "Whom it was issued to.").optional(),
    exp: z.int().min(0).max(253_402_300_799).openapi({ format: "int64", description: "Epoch seconds." }).optional(),
    iat: z.int().min(0).max(253_402_300_799).openapi({ format: "int64", description: "Epoch seconds." }).optional(),
    jti: token(255, "The token's own name.").optional(),
    scope: z.string().max(512).openapi({ pattern: VISIBLE, description: "What it permits." }).optional(),
    token_type: tokenType.optional(),
    cnf: z
      .object({ jkt: token(64, "The key that it is bound to (RFC 9449).") })
      .optional()
      .openapi({ description: "How the token is bound to its holder (RFC 7800). Absent of a bearer token." }),
  })
  .openapi("OAuthIntrospection", { description: "RFC 7662 section 2.2. Of a token that is not good: `active` alone." });

export const pushedSchema = z
  .object({
    request_uri: visible(512, "To be sent as `request_uri`, once."),
    expires_in: seconds("Until it expires, in seconds.", 60),
  })
  .openapi("OAuthPushedRequest", { description: "RFC 9126 section 2.2." });

export const deviceSchema = z
  .object({
    device_code: token(255, "For the device, to ask with."),
    user_code: z.string().max(9).openapi({ pattern: "^[B-Z]{4}-[B-Z]{4}$", description: "For the person, to type." }),
    verification_uri: uri("Where."),
    verification_uri_complete: uri("Where, with the code."),
    expires_in: seconds("Until it expires, in seconds.", 600),
  })
  .openapi("OAuthDeviceCode", { description: "RFC 8628 section 3.2. Ask every 5 seconds." });

const name = z.string().max(128).openapi({ pattern: VISIBLE });
const names = z.array(name).max(100);
const place = z.url().max(2048).openapi({ format: "uri" });

export const serverMetadataSchema = z
  .object({
    issuer: uri("The `iss` of tokens."),
    authorization_endpoint: place.openapi({
      description: "Where a client sends a person's browser.",
    }),
    token_endpoint: place.openapi({
      description: "Where clients get tokens.",
    }),
    jwks_uri: place.openapi({
      description: "The keys that verify tokens.",
    }),
    revocation_endpoint: place.openapi({
      description: "Where clients revoke tokens (RFC 7009).",
    }),
    introspection_endpoint: place.openapi({
      description: "Where APIs ask about tokens (RFC 7662).",
    }),
    pushed_authorization_request_endpoint: place.openapi({
      description: "Where clients push the parameters of an authorization (RFC 9126).",
    }),
    device_authorization_endpoint: place.openapi({
      description: "Where devices get a code for a person to enter (RFC 8628).",
    }),
    end_session_endpoint: place.openapi({
      description: "Where a client sends a person's browser to log out.",
    }),
    registration_endpoint: place
      .openapi({
        description: "Where clients register themselves (RFC 7591). Absent while the operators keep this closed.",
      })
      .optional(),
    scopes_supported: names.openapi({
      description: "The scopes that a client can ask for.",
    }),
    response_types_supported: names.openapi({
      description: "Values of `response_type`.",
    }),
    response_modes_supported: names.openapi({
      description: "Values of `response_mode`.",
    }),
    grant_types_supported: names.openapi({
      description: "Values of `grant_type`.",
    }),
    code_challenge_methods_supported: names.openapi({
      description: "Methods of PKCE (RFC 7636).",
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
      description: "Signature algorithms of DPoP proofs (RFC 9449).",
    }),
    authorization_response_iss_parameter_supported: z.boolean().openapi({
      description: "Whether authorization responses carry `iss` (RFC 9207).",
    }),
    require_pushed_authorization_requests: z.boolean().openapi({
      description: "Whether every authorization has to be pushed first.",
    }),
    request_parameter_supported: z.boolean().openapi({
      description: "Whether `request` can carry a signed request.",
    }),
    request_uri_parameter_supported: z.boolean().openapi({
      description: "Whether `request_uri` can point to a request elsewhere.",
    }),
    claims_parameter_supported: z.boolean().openapi({
      description: "Whether `claims` can ask for single claims.",
    }),
    subject_types_supported: names.openapi({
      description: "Whether `sub` is the same for all clients: `public`.",
    }),
    id_token_signing_alg_values_supported: names.openapi({
      description: "Signature algorithms of ID tokens.",
    }),
    claims_supported: names.openapi({
      description: "Claims that an ID token can have.",
    }),
    prompt_values_supported: names.openapi({
      description: "Values of `prompt`.",
    }),
    service_documentation: place.openapi({
      description: "The documentation, for people.",
    }),
  })
  .openapi("OAuthServerMetadata", { description: "RFC 8414 section 2." });

export const keySetSchema = z
  .object({
    keys: z
      .array(
        z.object({
          kty: exactly("^EC$", "The kind of key."),
          crv: exactly("^P-256$", "The curve."),
          x: token(64, "A coordinate."),
          y: token(64, "A coordinate."),
          kid: token(64, "As tokens name it."),
          alg: exactly("^ES256$", "The algorithm."),
          use: exactly("^sig$", "Signatures."),
        }),
      )
      .max(100)
      .openapi({ description: "The public keys, the one in use first." }),
  })
  .openapi("JsonWebKeySet", { description: "RFC 7517 section 5." });

const registrable = {
  client_name: z.string().max(100).openapi({ pattern: "\\S", description: "The client's name for people." }),
  redirect_uris: z.array(place).max(10).openapi({ description: "As in `/v1/oauth-clients`." }),
  post_logout_redirect_uris: z.array(place).max(10).openapi({ description: "As in `/v1/oauth-clients`." }),
  grant_types: names,
  response_types: names,
  token_endpoint_auth_method: exactly(
    "^(none|client_secret_basic|client_secret_post)$",
    "`none` makes a public client.",
  ),
  id_token_signed_response_alg: exactly("^ES256$", "What its ID tokens are signed with."),
  dpop_bound_access_tokens: z.boolean().openapi({ description: "Whether its tokens are bound to a key (RFC 9449)." }),
  scope,
};

export const registrationInput = z.strictObject(registrable).partial().openapi("OAuthRegistrationInput", {
  description:
    "RFC 7591 section 2. These members are registered. Others of the RFC are checked and not kept; unknown ones are ignored.",
});

export const registrationSchema = z
  .object({
    client_id: visible(255, "The client's name in the protocol."),
    client_id_issued_at: z
      .int()
      .min(0)
      .max(253_402_300_799)
      .openapi({ format: "int64", description: "Epoch seconds." }),
    client_secret: token(255, "Shown this once.").optional(),
    client_secret_expires_at: z.int().min(0).max(0).openapi({ format: "int32", description: "0: never." }).optional(),
    ...registrable,
  })
  .openapi("OAuthRegistration", { description: "RFC 7591 section 3.2.1." });
