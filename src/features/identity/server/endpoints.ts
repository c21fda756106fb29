/**
 * The authorization server's endpoints. oidc-provider serves most of them and is loaded with the first request that
 * needs it. The metadata and the keys need no library.
 */
import { z } from "@hono/zod-openapi";
import type { Surroundings } from "#core/contract/doors.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { problem } from "#core/http/problem.ts";
import { answer, REFUSED, TAG, TO_THE_NEXT_STEP, UNKNOWN_CLIENT, WRONG } from "./answers.ts";
import {
  AUTHORIZATION_EXAMPLE,
  authorizationQuery,
  CLIENT_EXAMPLE,
  deviceForm,
  presentedForm,
  pushedForm,
  tokenForm,
} from "./forms.ts";
import { declareLogout } from "./logout.ts";
import { prepareNode } from "./node-differences.ts";
import { PATHS } from "./paths.ts";
import type { ShowRefusal } from "./refusals.ts";
import { registrationEndpoint } from "./registration.ts";
import { deviceSchema, introspectionSchema, pushedSchema, token, tokensSchema } from "./schemas.ts";
import { selfDescription } from "./self-description.ts";

const TOKEN_EXAMPLE =
  "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2FwaS5leGFtcGxlLmNvbSJ9.c2lnbmF0dXJl";

/** The default rendering of a refusal: a problem document. @throws malformed-request */
async function refuseAsProblem({ description }: Parameters<ShowRefusal>[0]): Promise<never> {
  throw problem("malformed-request", { detail: `The app's request is wrong: ${description}.` });
}

/**
 * The endpoints. `showRefusal` renders the page for an authorization request that cannot be redirected back to the
 * client.
 */
export function declareAuthorizationServer(showRefusal: ShowRefusal): readonly ProtocolEndpoint[] {
  async function serve(request: Request, surroundings: Surroundings): Promise<Response> {
    prepareNode();
    const { serveByProvider } = await import("./bridge.ts");
    return serveByProvider(request, surroundings, showRefusal);
  }

  return [
    {
      contract: {
        operationId: "authorize",
        method: "GET",
        path: PATHS.authorize,
        tag: TAG,
        summary: "Ask a person for authorization",
        description:
          "Where a client sends a person's browser (RFC 6749 section 4.1, with PKCE). The person signs in and consents, and comes back to the client with a code, `state` and `iss`.",
        query: authorizationQuery,
        responses: { 303: TO_THE_NEXT_STEP, 400: REFUSED },
        security: [],
      },
      limit: { cost: "read" },
      serve,
    },
    {
      contract: {
        operationId: "authorizeByForm",
        method: "POST",
        path: PATHS.authorize,
        tag: TAG,
        summary: "Ask a person for authorization, by form",
        description: "The same with the parameters in a form (OpenID Connect Core section 3.1.2.1).",
        form: { schema: authorizationQuery, example: AUTHORIZATION_EXAMPLE },
        responses: { 303: TO_THE_NEXT_STEP, 400: REFUSED },
        security: [],
      },
      limit: { cost: "read" },
      serve,
    },
    {
      contract: {
        operationId: "resumeAuthorization",
        method: "GET",
        path: `${PATHS.authorize}/{uid}`,
        tag: TAG,
        summary: "Go on with an authorization",
        description: "Where the browser comes back to when the person has taken a step. Only that browser can.",
        params: z.object({
          uid: token(64, "The interaction.").openapi({ example: "u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC" }),
        }),
        responses: { 303: TO_THE_NEXT_STEP, 400: REFUSED },
        security: [],
      },
      limit: { cost: "read" },
      serve,
    },
    {
      contract: {
        operationId: "requestToken",
        method: "POST",
        path: PATHS.token,
        tag: TAG,
        summary: "Get tokens",
        description:
          "For a code, a refresh token, a device code, or a client's own credentials (RFC 6749 section 3.2). A refresh token is replaced each time; the old one gives the same successor for 30 seconds, and after that its use ends all that came from the consent. With a DPoP proof the tokens are bound to its key (RFC 9449).",
        form: { schema: tokenForm, example: { grant_type: "client_credentials", ...CLIENT_EXAMPLE } },
        responses: {
          200: answer("The tokens.", tokensSchema, {
            access_token: TOKEN_EXAMPLE,
            token_type: "Bearer",
            expires_in: 600,
            scope: "orders:read orders:write",
          }),
          400: WRONG,
          401: UNKNOWN_CLIENT,
        },
        security: ["client"],
      },
      limit: { cost: "read", also: ["token"] },
      serve,
    },
    {
      contract: {
        operationId: "revokeToken",
        method: "POST",
        path: PATHS.revoke,
        tag: TAG,
        summary: "Revoke a token",
        description:
          "Ends an access token, or with a refresh token all that came from the consent (RFC 7009). It says nothing of whether there was such a token.",
        form: { schema: presentedForm, example: { token: TOKEN_EXAMPLE, ...CLIENT_EXAMPLE } },
        responses: { 200: { description: "It is good no more, if it ever was." }, 400: WRONG, 401: UNKNOWN_CLIENT },
        security: ["client"],
      },
      limit: { cost: "read", also: ["token"] },
      serve,
    },
    {
      contract: {
        operationId: "introspectToken",
        method: "POST",
        path: PATHS.introspect,
        tag: TAG,
        summary: "Ask about a token",
        description: "Whether a token of the client's own is good, and what it says (RFC 7662).",
        form: { schema: presentedForm, example: { token: TOKEN_EXAMPLE, ...CLIENT_EXAMPLE } },
        responses: {
          200: answer("What the token is.", introspectionSchema, { active: false }),
          400: WRONG,
          401: UNKNOWN_CLIENT,
        },
        security: ["client"],
      },
      limit: { cost: "read", also: ["token"] },
      serve,
    },
    {
      contract: {
        operationId: "pushAuthorizationRequest",
        method: "POST",
        path: PATHS.par,
        tag: TAG,
        summary: "Push a request for authorization",
        description:
          "The parameters of a request for authorization, sent by the client itself (RFC 9126). The answer stands for them in the browser, once, for a minute.",
        form: { schema: pushedForm, example: AUTHORIZATION_EXAMPLE },
        responses: {
          201: answer("What stands for them.", pushedSchema, {
            request_uri: "urn:ietf:params:oauth:request_uri:u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC",
            expires_in: 60,
          }),
          400: WRONG,
          401: UNKNOWN_CLIENT,
        },
        security: ["client"],
      },
      limit: { cost: "read", also: ["token"] },
      serve,
    },
    {
      contract: {
        operationId: "authorizeDevice",
        method: "POST",
        path: PATHS.deviceAuthorization,
        tag: TAG,
        summary: "Ask for authorization from a device",
        description: "For devices on which nobody can sign in (RFC 8628): the person types a code elsewhere.",
        form: { schema: deviceForm, example: { client_id: "demo-app", scope: "orders:read" } },
        responses: {
          200: answer("The codes.", deviceSchema, {
            device_code: "u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC",
            user_code: "BCDF-GHJK",
            verification_uri: "https://api.example.com/oauth/device",
            verification_uri_complete: "https://api.example.com/oauth/device?user_code=BCDF-GHJK",
            expires_in: 600,
          }),
          400: WRONG,
          401: UNKNOWN_CLIENT,
        },
        security: ["client"],
      },
      limit: { cost: "read", also: ["token"] },
      serve,
    },
    registrationEndpoint,
    ...declareLogout(showRefusal),
    ...selfDescription,
  ];
}

/** The endpoints with refusals rendered as problem documents. */
export const authorizationServerEndpoints: readonly ProtocolEndpoint[] = declareAuthorizationServer(refuseAsProblem);
