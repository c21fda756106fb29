/**
 * The authorization server's endpoints. oidc-provider serves most of them and is loaded with the first request that
 * needs it. The metadata and the keys need no library.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import type { Scopes } from "#core/contract/scopes.ts";
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
import { declareSelfDescription } from "./self-description.ts";

const TOKEN_EXAMPLE =
  "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2FwaS5leGFtcGxlLmNvbSJ9.c2lnbmF0dXJl";

/** The default rendering of a refusal: a problem document. @throws malformed-request */
async function refuseAsProblem({ description }: Parameters<ShowRefusal>[0]): Promise<never> {
  throw problem("malformed-request", { detail: `The app's request is invalid: ${description}.` });
}

/**
 * The endpoints. `showRefusal` renders the page for an authorization request that cannot be redirected back to the
 * client. Default: a problem document.
 */
export function declareAuthorizationServer(
  scopes: Scopes,
  showRefusal: ShowRefusal = refuseAsProblem,
): readonly ProtocolEndpoint[] {
  async function serve(request: Request, context: RequestContext): Promise<Response> {
    prepareNode();
    const { serveByProvider } = await import("./bridge.ts");
    return serveByProvider(request, context, showRefusal);
  }

  /** An endpoint that a client calls itself, with its own credentials. */
  function ofClient(contract: Omit<ProtocolEndpoint["contract"], "method" | "tag" | "security">): ProtocolEndpoint {
    const responses = { ...contract.responses, 400: WRONG, 401: UNKNOWN_CLIENT };
    return {
      contract: { ...contract, method: "POST", tag: TAG, responses, security: ["client"] },
      limit: { cost: "read", also: ["token"] },
      serve,
    };
  }

  return [
    {
      contract: {
        operationId: "authorize",
        method: "GET",
        path: PATHS.authorize,
        tag: TAG,
        summary: "Request authorization",
        description:
          "The endpoint that a client redirects the user's browser to (RFC 6749 section 4.1, with PKCE). The user signs in and consents. The browser then returns to the client with a code, `state` and `iss`.",
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
        summary: "Request authorization by form",
        description: "The same as GET, with the parameters in a form (OpenID Connect Core section 3.1.2.1).",
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
        summary: "Continue an authorization",
        description:
          "The URL that the browser returns to after the user has completed a step. Only the browser that started the authorization can continue it.",
        params: z.object({
          uid: token(64, "The interaction.").openapi({ example: "u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC" }),
        }),
        responses: { 303: TO_THE_NEXT_STEP, 400: REFUSED },
        security: [],
      },
      limit: { cost: "read" },
      serve,
    },
    ofClient({
      operationId: "requestToken",
      path: PATHS.token,
      summary: "Get tokens",
      description:
        "Exchanges a code, a refresh token, a device code, or client credentials for tokens (RFC 6749 section 3.2). Each use replaces the refresh token. For 30 seconds the old token returns the same successor; a later use revokes everything that came from the consent. With a DPoP proof the tokens are bound to its key (RFC 9449).",
      form: { schema: tokenForm, example: { grant_type: "client_credentials", ...CLIENT_EXAMPLE } },
      responses: {
        200: answer("The tokens.", tokensSchema, {
          access_token: TOKEN_EXAMPLE,
          token_type: "Bearer",
          expires_in: 600,
          scope: "users:read users:write",
        }),
      },
    }),
    ofClient({
      operationId: "revokeToken",
      path: PATHS.revoke,
      summary: "Revoke a token",
      description:
        "Revokes an access token or, given a refresh token, everything that came from the consent (RFC 7009). The response does not reveal whether the token existed.",
      form: { schema: presentedForm, example: { token: TOKEN_EXAMPLE, ...CLIENT_EXAMPLE } },
      responses: {
        200: { description: "The token is not valid, or no longer valid." },
      },
    }),
    ofClient({
      operationId: "introspectToken",
      path: PATHS.introspect,
      summary: "Introspect a token",
      description: "Returns whether one of the client's own tokens is valid, and its claims (RFC 7662).",
      form: { schema: presentedForm, example: { token: TOKEN_EXAMPLE, ...CLIENT_EXAMPLE } },
      responses: {
        200: answer("The state of the token.", introspectionSchema, { active: false }),
      },
    }),
    ofClient({
      operationId: "pushAuthorizationRequest",
      path: PATHS.par,
      summary: "Push an authorization request",
      description:
        "Stores the parameters of an authorization request that the client sends directly (RFC 9126). The `request_uri` in the response replaces them in the browser, once, within one minute.",
      form: { schema: pushedForm, example: AUTHORIZATION_EXAMPLE },
      responses: {
        201: answer("The reference to the stored parameters.", pushedSchema, {
          request_uri: "urn:ietf:params:oauth:request_uri:u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC",
          expires_in: 60,
        }),
      },
    }),
    ofClient({
      operationId: "authorizeDevice",
      path: PATHS.deviceAuthorization,
      summary: "Request authorization for a device",
      description: "For devices without a browser or keyboard (RFC 8628): the user enters the code on another device.",
      form: { schema: deviceForm, example: { client_id: "demo-app", scope: "users:read" } },
      responses: {
        200: answer("The codes.", deviceSchema, {
          device_code: "u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC",
          user_code: "BCDF-GHJK",
          verification_uri: "https://api.example.com/oauth/device",
          verification_uri_complete: "https://api.example.com/oauth/device?user_code=BCDF-GHJK",
          expires_in: 600,
        }),
      },
    }),
    registrationEndpoint,
    ...declareLogout(showRefusal),
    ...declareSelfDescription(scopes),
  ];
}
