/** The forms and parameters of the authorization server, for the OpenAPI document. The server itself parses them. */
import { z } from "@hono/zod-openapi";
import { clientFields, exactly, resource, scope, token, uri, visible } from "./schemas.ts";

const authorizationFields = {
  client_id: visible(255, "The client."),
  response_type: exactly("^code$", "Only `code` is supported.").optional(),
  redirect_uri: uri(
    "One of the client's registered URIs, exactly. For a loopback address the port can differ.",
  ).optional(),
  scope: scope.optional(),
  state: visible(1024, "Returned unchanged.").optional(),
  code_challenge: token(128, "The `S256` challenge of the code verifier (RFC 7636). Required.").optional(),
  code_challenge_method: exactly("^S256$", "The method of the challenge.").optional(),
  nonce: visible(1024, "Returned in the ID token.").optional(),
  prompt: z
    .string()
    .max(64)
    .openapi({ pattern: "^[a-z_ ]*$", description: "Any of `none`, `login` and `consent`, separated by spaces." })
    .optional(),
  max_age: z
    .string()
    .max(10)
    .openapi({ pattern: "^[0-9]+$", description: "The maximum age of the sign-in, in seconds." })
    .optional(),
  login_hint: visible(320, "The user's email address.").optional(),
  resource: resource.optional(),
  dpop_jkt: token(64, "The thumbprint of the key that the code is bound to (RFC 9449 section 10).").optional(),
};

export const authorizationQuery = z.object({
  ...authorizationFields,
  request_uri: visible(
    512,
    "The reference to a pushed request. It replaces all parameters except `client_id`.",
  ).optional(),
});

export const pushedForm = z.object({ ...authorizationFields, ...clientFields });

const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

export const AUTHORIZATION_EXAMPLE = {
  client_id: "demo-app",
  response_type: "code",
  redirect_uri: "http://127.0.0.1/callback",
  scope: "openid users:read",
  state: "af0ifjsldkj",
  code_challenge: CHALLENGE,
  code_challenge_method: "S256",
};

export const tokenForm = z.object({
  grant_type: z.string().max(128).openapi({
    pattern: "^[a-z0-9:_-]+$",
    description:
      "`authorization_code`, `refresh_token`, `client_credentials` or `urn:ietf:params:oauth:grant-type:device_code`.",
  }),
  ...clientFields,
  code: token(255, "The code from the redirect. Valid once, for one minute.").optional(),
  redirect_uri: uri("The redirect URI of the authorization request.").optional(),
  code_verifier: token(128, "The code verifier of the challenge.").optional(),
  refresh_token: token(255, "The latest refresh token.").optional(),
  device_code: token(255, "The code from the device authorization response.").optional(),
  scope: scope.optional(),
  resource: resource.optional(),
});

export const CLIENT_EXAMPLE = { client_id: "01hk24mtj6fnka55e09a4btv9s", client_secret: "what-only-the-client-knows" };

export const deviceForm = z.object({ ...clientFields, scope: scope.optional(), resource: resource.optional() });

export const presentedForm = z.object({
  token: token(4096, "The access or refresh token."),
  token_type_hint: z
    .string()
    .max(64)
    .openapi({ pattern: "^[a-z_]*$", description: "`access_token` or `refresh_token`: the type to try first." })
    .optional(),
  ...clientFields,
});

export const logoutQuery = z.object({
  id_token_hint: token(4096, "An ID token that was issued to the client. It may have expired.").optional(),
  client_id: visible(255, "The client, if there is no `id_token_hint`.").optional(),
  post_logout_redirect_uri: uri("One of the client's registered URIs, exactly.").optional(),
  state: visible(1024, "Returned unchanged with `post_logout_redirect_uri`.").optional(),
});
