/**
 * Dynamic registration of clients (RFC 7591). It is off unless the configuration enables it; the endpoint then responds
 * with 404. The rules are those for clients that admins register.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { makeId } from "#core/contract/identifier.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { parseMediaType } from "#core/http/media-type.ts";
import { problem } from "#core/http/problem.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { type ClientMetadata, InvalidMetadata, readMetadata } from "../clients/metadata.ts";
import { CLIENT_SECRET_RANDOM_BYTES, writeClientSecret } from "../clients/secrets.ts";
import { answer, TAG } from "./answers.ts";
import { insertClient } from "./party-queries.ts";
import { PATHS } from "./paths.ts";
import { errorSchema, registrationInput, registrationSchema } from "./schemas.ts";

const JSON_TYPE = "application/json";

const EXAMPLE = {
  client_name: "An app",
  redirect_uris: ["https://app.example.com/callback"],
  post_logout_redirect_uris: ["https://app.example.com/"],
  grant_types: ["authorization_code", "refresh_token"],
  token_endpoint_auth_method: "none",
  scope: "openid offline_access users:read",
};

export const registrationEndpoint: ProtocolEndpoint = {
  contract: {
    operationId: "registerClient",
    method: "POST",
    path: PATHS.register,
    tag: TAG,
    summary: "Register a client",
    description:
      "Registers a client from a JSON document of its metadata (RFC 7591), under the rules of `/v1/oauth-clients`. Unknown members are ignored and absent from the response. Registration management (RFC 7592) is not supported. Returns 404 while registration is disabled, which is the default.",
    problems: ["not-found"],
    json: { schema: registrationInput, example: EXAMPLE },
    responses: {
      201: answer("The client.", registrationSchema, {
        client_id: "01hk24mtj6fnka55e09a4btv9s",
        client_id_issued_at: 1_767_225_600,
        ...EXAMPLE,
        response_types: ["code"],
        id_token_signed_response_alg: "ES256",
        dpop_bound_access_tokens: false,
      }),
      400: answer("The metadata is invalid.", errorSchema, {
        error: "invalid_redirect_uri",
        error_description: "redirect_uris must not contain credentials",
      }),
    },
    security: [],
  },
  limit: { cost: "write", also: ["token"] },
  serve: serveRegistration,
};

/** @throws not-found while registration is closed, unsupported-media-type */
async function serveRegistration(request: Request, context: RequestContext): Promise<Response> {
  if (context.settings.clientRegistration === "closed") throw problem("not-found");
  refuseOtherContent(request.headers);
  try {
    const metadata = readMetadata(new Uint8Array(await request.arrayBuffer()), context.scopes);
    return respond(201, await register(metadata, context));
  } catch (failure) {
    if (!(failure instanceof InvalidMetadata)) throw failure;
    context.log["oauth.error"] = failure.error;
    return respond(400, { error: failure.error, error_description: failure.message });
  }
}

function refuseOtherContent(headers: Headers): void {
  const type = parseMediaType(headers.get("content-type") ?? "");
  if (type?.essence === JSON_TYPE) return;
  throw problem("unsupported-media-type", {
    detail: `The body must be ${JSON_TYPE} in UTF-8.`,
    headers: { Accept: JSON_TYPE, "Accept-Post": JSON_TYPE },
  });
}

/** The response of RFC 7591 section 3.2.1: the registered members and no others. */
async function register(metadata: ClientMetadata, { database, now, randomBytes }: RequestContext): Promise<object> {
  const id = makeId("client", now, randomBytes(10));
  const clientId = id.slice("client_".length);
  const isPublic = metadata.authMethod === "none";
  const secret = isPublic ? undefined : writeClientSecret(randomBytes(CLIENT_SECRET_RANDOM_BYTES));
  const name = metadata.name ?? clientId;
  await insertClient(
    database,
    {
      id,
      clientId,
      name,
      type: isPublic ? "public" : "confidential",
      accountId: null,
      secretHash: secret === undefined ? null : await hashSecret(secret),
      redirectUris: metadata.redirectUris,
      postLogoutRedirectUris: metadata.postLogoutRedirectUris,
      grantTypes: metadata.grantTypes,
      scopes: metadata.scopes,
      requiresDpop: metadata.requiresDpop,
    },
    now,
  );
  return {
    client_id: clientId,
    client_id_issued_at: Math.floor(now / 1000),
    ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    client_name: name,
    redirect_uris: metadata.redirectUris,
    post_logout_redirect_uris: metadata.postLogoutRedirectUris,
    grant_types: metadata.grantTypes,
    response_types: metadata.responseTypes,
    token_endpoint_auth_method: metadata.authMethod,
    id_token_signed_response_alg: "ES256",
    dpop_bound_access_tokens: metadata.requiresDpop,
    scope: metadata.scopes.join(" "),
  };
}

function respond(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store" } });
}
