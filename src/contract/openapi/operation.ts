/** One endpoint as an operation of the document. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Body, Endpoint, PatchOperation, Success } from "../endpoint.ts";
import type { Format, ResourceView } from "../format.ts";
import { problemsOf } from "../implied-problems.ts";
import type { Resource } from "../resource.ts";
import { HEADERS } from "./headers.ts";
import { problemResponses } from "./problems.ts";

/** Where examples live: the document itself has no host. */
const EXAMPLE_ORIGIN = "https://api.example.com";

const patchSchema = z
  .array(
    z
      .object({
        op: z.enum(["add", "remove", "replace", "move", "copy", "test"] satisfies PatchOperation["op"][]),
        path: z.string().max(1024).openapi({ description: "JSON pointer (RFC 6901)." }),
        from: z.string().max(1024).optional(),
        value: z.unknown().optional(),
      })
      .openapi("PatchOperation"),
  )
  .max(100)
  .openapi("JsonPatch", { description: "A JSON Patch (RFC 6902): all operations are applied, or none." });

export function operationOf(endpoint: Endpoint, formats: readonly Format[], isOpen: boolean) {
  const { contract } = endpoint;
  const { operationId, summary, description, tag, path, body } = contract;
  return createRoute({
    method:
      contract.method === "GET"
        ? "get"
        : contract.method === "POST"
          ? "post"
          : contract.method === "PATCH"
            ? "patch"
            : "delete",
    path,
    operationId,
    summary,
    description,
    tags: [tag],
    security: isOpen ? [{}, { bearer: [] }] : [{ bearer: [] }],
    request: {
      ...(contract.params === undefined ? {} : { params: contract.params }),
      ...(contract.query === undefined ? {} : { query: contract.query }),
      ...(body === undefined ? {} : { body: { required: true, content: contentOf(body, contract.success) } }),
    },
    responses: {
      ...successResponses(endpoint, formats),
      ...problemResponses(problemsOf(endpoint)),
    },
  } as Parameters<typeof createRoute>[0]); // headers and examples are plain OpenAPI objects, which its types narrow needlessly
}

function contentOf(body: Body, success: Success) {
  if (body.kind === "json") return { "application/json": { schema: body.schema, example: body.example } };
  const name = success.kind === "resource" ? success.resource.name : "Merge";
  const partial = body.schema
    .partial()
    .openapi(`${name}MergePatch`, {
      description: "A merge patch (RFC 7396): members that are absent stay as they are.",
    });
  return {
    "application/merge-patch+json": { schema: partial, example: body.mergeExample },
    "application/json-patch+json": { schema: patchSchema, example: body.patchExample },
  };
}

function successResponses(endpoint: Endpoint, formats: readonly Format[]) {
  const { success, method } = endpoint.contract;
  switch (success.kind) {
    case "empty":
      return { [success.status]: { description: "Done.", headers: HEADERS.everywhere } };
    case "document": {
      const response = {
        description: endpoint.contract.summary,
        headers: HEADERS.everywhere,
        content: { [success.mediaType]: { schema: success.schema, example: success.example } },
      };
      return Object.fromEntries([success.status, ...(success.also ?? [])].map((status) => [status, response]));
    }
    case "resource":
    case "list": {
      const headers = {
        ...HEADERS.everywhere,
        ...HEADERS.representation,
        ...(success.kind === "list" ? { Link: HEADERS.link } : {}),
        ...(success.status === 201 ? { Location: HEADERS.location } : {}),
      };
      const content = Object.fromEntries(
        formats.map((format) => [format.mediaType, representation(endpoint, success, format)]),
      );
      const unchanged = { description: "The client's copy is still current.", headers };
      return {
        [success.status]: { description: endpoint.contract.summary, headers, content },
        ...(method === "GET" ? { 304: unchanged } : {}),
      };
    }
  }
}

function representation({ contract }: Endpoint, success: Extract<Success, { resource: Resource }>, format: Format) {
  const view = exampleView(success.resource);
  if (success.kind === "resource")
    return {
      schema: format.resourceSchema(success.resource, !("fields" in (contract.query?.shape ?? {}))),
      example: format.writeResource(view),
    };
  const list = `${EXAMPLE_ORIGIN}/v1/${success.resource.collection}`;
  const example = format.writeList({
    resource: success.resource,
    items: [view],
    page: { next: null, prev: null, has_more: false, limit: 20 },
    facets: undefined,
    links: { self: list, first: list },
  });
  return { schema: format.listSchema(success.resource, success.facets), example };
}

function exampleView(resource: Resource): ResourceView {
  const id = String(resource.example["id"]);
  return { resource, id, members: { ...resource.example, id }, self: `${EXAMPLE_ORIGIN}${resource.path(id)}` };
}
