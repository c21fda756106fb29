/** Builds the operation of an endpoint that another standard defines, from the standard's requests and responses. */
import { createRoute } from "@hono/zod-openapi";
import type { ProtocolEndpoint, ProtocolResponse } from "#core/contract/protocol.ts";
import { problemTypeOf } from "#core/http/problem-types.ts";
import { HEADERS } from "./headers.ts";
import type { ResponseObject } from "./openapi.ts";
import { costMember, describeWithLimits, METHODS, metered } from "./operation.ts";
import { type Failing, problemResponses } from "./problems.ts";

const SECURITY = { client: { client: [] }, bearer: { bearer: [] } } as const;

/** Problems that the pipeline returns before the standard's implementation runs. */
const EDGES = [
  "forbidden",
  "uri-too-long",
  "internal-error",
  "service-unavailable",
  "temporary-reduced-capacity",
] as const;

/** Problems of a body: encoded, in another charset, too large, or incomplete. */
const BODY_EDGES = ["unsupported-media-type", "content-too-large", "malformed-request"] as const;

export function protocolOperationOf({ contract, limit }: ProtocolEndpoint, problemSchema: Failing["problemSchema"]) {
  const { operationId, method, path, tag, summary, description, params, query, form, json, responses, security } =
    contract;
  const isMetered = limit !== "unmetered";
  const names = [
    ...EDGES,
    ...(method === "POST" ? BODY_EDGES : []),
    ...(contract.problems ?? []),
    ...(isMetered ? (["quota-exceeded"] as const) : []),
  ];
  const edges: Readonly<Record<string, ResponseObject>> = problemResponses(names.map(problemTypeOf), {
    isMetered,
    problemSchema,
  });
  const own = Object.entries(responses).map(
    ([status, response]) => [status, beside(edges[status], responseOf(status, response))] as const,
  );
  return createRoute({
    method: METHODS[method],
    path,
    operationId,
    summary,
    description: describeWithLimits(description, limit),
    tags: [tag],
    security: [
      ...(security.length === 0 || security.includes("client") ? [{}] : []),
      ...security.map((name) => SECURITY[name]),
    ],
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...bodyOf("application/x-www-form-urlencoded", form),
      ...bodyOf("application/json", json),
    },
    responses: { ...edges, ...metered(limit, Object.fromEntries(own)) },
    ...costMember(limit),
  } as Parameters<typeof createRoute>[0]); // headers and examples are plain OpenAPI objects, which its types narrow needlessly
}

function bodyOf(mediaType: string, body: ProtocolEndpoint["contract"]["form"]) {
  return body === undefined ? {} : { body: { required: true, content: { [mediaType]: body } } };
}

/** Merges the standard's response and the pipeline's response with the same status. */
function beside(edge: ResponseObject | undefined, own: ResponseObject): ResponseObject {
  return edge === undefined ? own : { ...own, content: { ...edge.content, ...own.content } };
}

function responseOf(status: string, { description, content }: ProtocolResponse): ResponseObject {
  const isRedirect = status.startsWith("3");
  return {
    description,
    headers: { ...HEADERS.everywhere, ...(isRedirect ? HEADERS.next : {}) },
    ...(content === undefined
      ? {}
      : { content: { [content.mediaType]: { schema: content.schema, example: content.example } } }),
  };
}
