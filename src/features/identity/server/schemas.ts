/** The authorization server's requests and answers as its document shows them: the standards' own names. */
import { z } from "@hono/zod-openapi";

/** Printable ASCII (RFC 6749 appendix A), as most values of OAuth are. */
const VISIBLE = "^[\\x20-\\x7E]*$";
const TOKEN = "^[A-Za-z0-9._~-]+$";
const SCOPE = "^[\\x21\\x23-\\x5B\\x5D-\\x7E]+( [\\x21\\x23-\\x5B\\x5D-\\x7E]+)*$";

export function visible(max: number, description: string) {
  return z.string().max(max).openapi({ pattern: VISIBLE, description });
}

export function token(max: number, description: string) {
  return z.string().max(max).openapi({ pattern: TOKEN, description });
}

/** One of few words that a standard spells as it likes. */
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

/** How a client says who it is, where it does not in `Authorization: Basic`. */
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
    active: z.boolean(),
    iss: uri("The issuer.").optional(),
    sub: visible(255, "Whom it is about.").optional(),
    aud: visible(2048, "Which API it is for.").optional(),
    client_id: visible(255, "Whom it was issued to.").optional(),
    exp: z.int().min(0).max(253_402_300_799).openapi({ format: "int64", description: "Epoch seconds." }).optional(),
    iat: z.int().min(0).max(253_402_300_799).openapi({ format: "int64", description: "Epoch seconds." }).optional(),
    jti: token(255, "The token's own name.").optional(),
    scope: z.string().max(512).openapi({ pattern: VISIBLE, description: "What it permits." }).optional(),
    token_type: tokenType.optional(),
    cnf: z.object({ jkt: token(64, "The key that it is bound to (RFC 9449).") }).optional(),
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
    authorization_endpoint: place,
    token_endpoint: place,
    jwks_uri: place,
    revocation_endpoint: place,
    introspection_endpoint: place,
    pushed_authorization_request_endpoint: place,
    device_authorization_endpoint: place,
    end_session_endpoint: place,
    registration_endpoint: place.optional(),
    scopes_supported: names,
    response_types_supported: names,
    response_modes_supported: names,
    grant_types_supported: names,
    code_challenge_methods_supported: names,
    token_endpoint_auth_methods_supported: names,
    revocation_endpoint_auth_methods_supported: names,
    introspection_endpoint_auth_methods_supported: names,
    dpop_signing_alg_values_supported: names,
    authorization_response_iss_parameter_supported: z.boolean(),
    require_pushed_authorization_requests: z.boolean(),
    request_parameter_supported: z.boolean(),
    request_uri_parameter_supported: z.boolean(),
    claims_parameter_supported: z.boolean(),
    subject_types_supported: names,
    id_token_signing_alg_values_supported: names,
    claims_supported: names,
    prompt_values_supported: names,
    service_documentation: place,
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
      .max(100),
  })
  .openapi("JsonWebKeySet", { description: "RFC 7517 section 5." });

export const registrationSchema = z
  .object({
    client_id: visible(255, "The client's name in the protocol."),
    client_id_issued_at: z
      .int()
      .min(0)
      .max(253_402_300_799)
      .openapi({ format: "int64", description: "Epoch seconds." }),
    client_name: visible(255, "The client's name for people.").optional(),
    client_secret: token(255, "Shown this once.").optional(),
    client_secret_expires_at: z.int().min(0).max(0).openapi({ format: "int32", description: "0: never." }).optional(),
    redirect_uris: z.array(place).max(100),
    grant_types: names,
    response_types: names,
    token_endpoint_auth_method: name,
    scope,
  })
  .openapi("OAuthRegistration", { description: "RFC 7591 section 3.2.1." });
