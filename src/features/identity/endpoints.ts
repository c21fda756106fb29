/** The metadata of the protected resource (RFC 9728), which clients read before they request a token. */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import { type Call, type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import { SCOPE_NAME, type Scopes } from "#core/contract/scopes.ts";
import { METADATA_PATH, PROOF_ALGORITHMS } from "./challenge.ts";

const MEDIA_TYPE = "application/json";

const metadataSchema = z
  .strictObject({
    resource: z.url().max(2048).openapi({
      description: "The identifier of this API: the `aud` of its tokens, and the value of `resource` (RFC 8707).",
    }),
    authorization_servers: z
      .array(z.url().max(2048))
      .min(1)
      .max(101)
      .openapi({ description: "The issuers whose access tokens are accepted. This service comes first." }),
    scopes_supported: z
      .array(z.string().max(64).openapi({ pattern: SCOPE_NAME.source }))
      .max(100)
      .openapi({ description: "The scopes that a token can have." }),
    bearer_methods_supported: z
      .array(z.literal("header"))
      .max(1)
      .openapi({ description: "How a token is sent: only in the `Authorization` header." }),
    dpop_signing_alg_values_supported: z
      .array(z.enum(PROOF_ALGORITHMS))
      .max(PROOF_ALGORITHMS.length)
      .openapi({ description: "The signature algorithms of DPoP proofs (RFC 9449)." }),
    resource_documentation: z.url().max(2048).openapi({ description: "The developer documentation." }),
  })
  .openapi("ProtectedResourceMetadata", {
    description: "Metadata of this API as an OAuth protected resource.",
    externalDocs: { url: "https://www.rfc-editor.org/rfc/rfc9728", description: "RFC 9728" },
  });

type Metadata = z.output<typeof metadataSchema>;

/** `origin` is the service's origin, which is also its issuer. The issuer list names it first, and once. */
function metadataOf(origin: string, issuers: readonly string[], scopes: Scopes): Metadata {
  return {
    resource: origin,
    authorization_servers: [...new Set([origin, ...issuers])],
    scopes_supported: Object.keys(scopes),
    bearer_methods_supported: ["header"],
    dpop_signing_alg_values_supported: [...PROOF_ALGORITHMS],
    resource_documentation: `${origin}/docs`,
  };
}

async function readMetadata(call: Call<unknown, unknown, undefined>): Promise<DocumentAnswer> {
  const issuers = call.settings.trustedIssuers.map(({ issuer }) => issuer);
  return {
    kind: "document",
    status: 200,
    mediaType: MEDIA_TYPE,
    content: JSON.stringify(metadataOf(call.origin, issuers, call.scopes)),
  };
}

export function declareIdentityEndpoints(scopes: Scopes): readonly Endpoint[] {
  return [
    endpoint({
      contract: {
        operationId: "readProtectedResource",
        method: "GET",
        path: METADATA_PATH,
        tag: "Identity",
        summary: "Read the protected resource metadata",
        description:
          "Returns the issuers whose access tokens this API accepts, and the scopes that a token can have (RFC 9728).",
        success: {
          kind: "document",
          status: 200,
          mediaType: MEDIA_TYPE,
          schema: metadataSchema,
          example: metadataOf("https://api.example.com", ["https://login.example.com/"], scopes),
        },
      },
      policy: {
        access: "public",
        limit: "unmetered",
        cache: { scope: "public", freshForSeconds: 300 },
        precondition: "none",
        idempotency: "none",
      },
      handler: readMetadata,
    }),
  ];
}
