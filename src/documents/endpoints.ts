/** The OpenAPI documents, as committed under schema/openapi. */
import { z } from "@hono/zod-openapi";
import { type Endpoint, endpoint } from "../contract/endpoint.ts";

const documentSchema = z
  .looseObject({ openapi: z.literal("3.1.0"), info: z.looseObject({}), paths: z.looseObject({}) })
  .openapi("OpenApiDocument", { description: "An OpenAPI 3.1 document." });

function openApiEndpoint(
  operationId: string,
  path: `/${string}`,
  summary: string,
  load: () => Promise<{ default: unknown }>,
): Endpoint {
  return endpoint({
    contract: {
      operationId,
      method: "GET",
      path,
      tag: "Documents",
      summary,
      description: "The contract of the service, for programs and for the interactive documentation.",
      success: {
        kind: "document",
        status: 200,
        mediaType: "application/json",
        schema: documentSchema,
        example: { openapi: "3.1.0", info: { title: "Sluice", version: "0.1.0" }, paths: {} },
      },
    },
    policy: { access: "public", cache: { scope: "public", freshForSeconds: 300 }, precondition: "none" },
    handler: async () => ({
      kind: "document",
      status: 200,
      mediaType: "application/json",
      content: JSON.stringify((await load()).default),
    }),
  });
}

export const documentEndpoints = [
  openApiEndpoint(
    "readOpenApi",
    "/openapi.json",
    "OpenAPI of all versions",
    () => import("../../schema/openapi/openapi.json"),
  ),
  openApiEndpoint(
    "readOpenApiV1",
    "/v1/openapi.json",
    "OpenAPI of version 1",
    () => import("../../schema/openapi/v1.json"),
  ),
];
