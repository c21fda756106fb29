/** Descriptions of the service for programs: the committed OpenAPI documents and the API catalogue. */
import { z } from "@hono/zod-openapi";
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import { API_CATALOG_PATH, serviceLinks, serviceTargets } from "#core/contract/service-links.ts";

const documentSchema = z
  .looseObject({
    openapi: z.literal("3.1.0").openapi({ description: "The version of the OpenAPI Specification." }),
    info: z.looseObject({}).openapi({ description: "Title, version and introduction." }),
    paths: z.looseObject({}).openapi({ description: "Each operation, by path and method." }),
  })
  .openapi("OpenApiDocument", { description: "An OpenAPI 3.1 document." });

function openApiEndpoint(
  operationId: string,
  path: `/${string}`,
  summary: string,
  load: () => Promise<{ default: unknown }>,
): Endpoint {
  let content: string | undefined;
  return endpoint({
    contract: {
      operationId,
      method: "GET",
      path,
      tag: "Documents",
      summary,
      description: "The contract of the service, for programs and for the documentation page.",
      success: {
        kind: "document",
        status: 200,
        mediaType: "application/json",
        schema: documentSchema,
        example: { openapi: "3.1.0", info: { title: "Sluice", version: "0.1.0" }, paths: {} },
      },
    },
    policy: {
      access: "public",
      limit: { cost: "read" },
      cache: { scope: "public", freshForSeconds: 0 },
      precondition: "none",
      idempotency: "none",
    },
    handler: async ({ origin }) => {
      content ??= JSON.stringify((await load()).default);
      return {
        kind: "document",
        status: 200,
        mediaType: "application/json",
        content,
        headers: { Link: serviceLinks(origin) },
      };
    },
  });
}

const linkSchema = z.strictObject({
  href: z.url().max(2048).openapi({ description: "The absolute URL." }),
  type: z.string().max(64).openapi({ pattern: "^[a-z]+/[a-z+.-]+$", description: "The media type at that URL." }),
});

const catalogSchema = z
  .strictObject({
    linkset: z
      .array(
        z.strictObject({
          anchor: z.url().max(2048).openapi({ description: "The API that the links are about." }),
          "service-desc": z.array(linkSchema).max(1).openapi({ description: "The contract, for programs." }),
          "service-doc": z.array(linkSchema).max(1).openapi({ description: "The documentation, for people." }),
          status: z.array(linkSchema).max(1).openapi({ description: "The health of the API." }),
        }),
      )
      .max(1)
      .openapi({ description: "One entry for each API." }),
  })
  .openapi("ApiCatalog", { description: "A set of links (RFC 9264)." });

function catalogOf(origin: string): z.output<typeof catalogSchema> {
  const targets = serviceTargets(origin);
  return {
    linkset: [
      {
        anchor: `${origin}/v1`,
        "service-desc": [{ href: targets["service-desc"], type: "application/json" }],
        "service-doc": [{ href: targets["service-doc"], type: "text/html" }],
        status: [{ href: targets.status, type: "application/health+json" }],
      },
    ],
  };
}

const apiCatalog = endpoint({
  contract: {
    operationId: "readApiCatalog",
    method: "GET",
    path: API_CATALOG_PATH,
    tag: "Documents",
    summary: "API catalogue",
    description: "Links to the contract, the documentation and the health of the API (RFC 9727).",
    success: {
      kind: "document",
      status: 200,
      mediaType: "application/linkset+json",
      schema: catalogSchema,
      example: catalogOf("https://api.example.com"),
    },
  },
  policy: {
    access: "public",
    limit: { cost: "read" },
    cache: { scope: "public", freshForSeconds: 0 },
    precondition: "none",
    idempotency: "none",
  },
  handler: async ({ origin }) => ({
    kind: "document",
    status: 200,
    mediaType: 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
    content: JSON.stringify(catalogOf(origin)),
    headers: { Link: serviceLinks(origin) },
  }),
});

export const documentEndpoints = [
  apiCatalog,
  openApiEndpoint(
    "readOpenApi",
    "/openapi.json",
    "OpenAPI of all versions",
    () => import("#schema/openapi/openapi.json"),
  ),
  openApiEndpoint("readOpenApiV1", "/v1/openapi.json", "OpenAPI of version 1", () => import("#schema/openapi/v1.json")),
];
