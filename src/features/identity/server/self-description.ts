/** The metadata and the keys that the authorization server publishes for clients. */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { usableKeys } from "../keys/keys.ts";
import { answer, TAG } from "./answers.ts";
import { serverMetadata } from "./metadata.ts";
import { PATHS } from "./paths.ts";
import { keySetSchema, serverMetadataSchema } from "./schemas.ts";

const FRESH_SECONDS = 300;
/** Less than the time for which a key is published before it signs. */
const KEYS_FRESH_SECONDS = 60;

async function serveMetadata(_request: Request, { origin, settings, scopes }: RequestContext): Promise<Response> {
  return documentOf(serverMetadata(origin, settings, scopes), "application/json", FRESH_SECONDS);
}

async function serveKeySet(_request: Request, context: RequestContext): Promise<Response> {
  const { published } = await usableKeys(context);
  return documentOf({ keys: published }, "application/jwk-set+json", KEYS_FRESH_SECONDS);
}

function documentOf(content: unknown, mediaType: string, freshForSeconds: number): Response {
  return new Response(JSON.stringify(content), {
    headers: { "Content-Type": mediaType, "Cache-Control": `public, max-age=${freshForSeconds}` },
  });
}

const KEY_SET_EXAMPLE = {
  keys: [
    {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
      kid: "Tm8c3zXbqEoB5sO7k2fJ1vYwR9dLhUaP4gNxKiQeM6A",
      alg: "ES256",
      use: "sig",
    },
  ],
};

/** The endpoints of an authorization server with those scopes. */
export function declareSelfDescription(scopes: Scopes): readonly ProtocolEndpoint[] {
  const example = serverMetadata("https://api.example.com", { clientRegistration: "closed" }, scopes);
  const metadata = answer("The metadata.", serverMetadataSchema, example);
  return [
    {
      contract: {
        operationId: "readServerMetadata",
        method: "GET",
        path: PATHS.serverMetadata,
        tag: TAG,
        summary: "Read the authorization server metadata",
        description: "Returns the endpoints of the authorization server and their capabilities (RFC 8414).",
        responses: { 200: metadata },
        security: [],
      },
      limit: "unmetered",
      serve: serveMetadata,
    },
    {
      contract: {
        operationId: "readOpenidConfiguration",
        method: "GET",
        path: PATHS.openidConfiguration,
        tag: TAG,
        summary: "Read the OpenID provider metadata",
        description: "Returns the same metadata at the path that OpenID Connect Discovery defines.",
        responses: { 200: metadata },
        security: [],
      },
      limit: "unmetered",
      serve: serveMetadata,
    },
    {
      contract: {
        operationId: "readKeySet",
        method: "GET",
        path: PATHS.jwks,
        tag: TAG,
        summary: "Read the key set",
        description:
          "Returns the current key, the next key, and the previous keys that still verify valid tokens (RFC 7517).",
        responses: {
          200: {
            description: "The key set.",
            content: { mediaType: "application/jwk-set+json", schema: keySetSchema, example: KEY_SET_EXAMPLE },
          },
        },
        security: [],
      },
      limit: "unmetered",
      serve: serveKeySet,
    },
  ];
}
