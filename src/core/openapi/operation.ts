/** Builds the OpenAPI operation of one endpoint. */
import { createRoute, z } from "@hono/zod-openapi";
import { isConditionalRead } from "#core/contract/conditional.ts";
import type { Body, Endpoint, Method, Success } from "#core/contract/endpoint.ts";
import { isForPrograms } from "#core/contract/for-programs.ts";
import type { Format, ResourceView } from "#core/contract/format.ts";
import { problemsOf } from "#core/contract/implied-problems.ts";
import { type EndpointLimit, type Limit, tokensOf } from "#core/contract/limit.ts";
import { defineResource, type Resource } from "#core/contract/resource.ts";
import { bookmarkParameter, HEADERS, keyParameter } from "./headers.ts";
import type { OpenApiDocument, Parameter, ResponseObject } from "./openapi.ts";
import { jsonPatchSchema, mergePatchSchema } from "./patches.ts";
import { preconditionParameters } from "./precondition-headers.ts";
import { type Failing, problemResponses } from "./problems.ts";

/** The origin in examples. The document itself names no host. */
const EXAMPLE_ORIGIN = "https://api.example.com";

const FORM = "application/x-www-form-urlencoded";

export const METHODS = { GET: "get", POST: "post", PATCH: "patch", DELETE: "delete" } as const satisfies Record<
  Method,
  string
>;

export interface OperationOptions {
  readonly formats: readonly Format[];
  /** Whether an anonymous caller may call it. */
  readonly isOpen: boolean;
  /** The scopes that permit the operation, each for at least one role. */
  readonly scopes: readonly string[];
  /** Whether the same path supports PATCH. */
  readonly isPatchable: boolean;
  readonly problemSchema: Failing["problemSchema"];
}

export function operationOf(endpoint: Endpoint, options: OperationOptions) {
  const { operationId, method, summary, description, tag, path, params, query, body, success } = endpoint.contract;
  const { limit } = endpoint.policy;
  const failures = problemResponses(problemsOf(endpoint), {
    isMetered: limit !== "unmetered",
    problemSchema: options.problemSchema,
  });
  return createRoute({
    method: METHODS[method],
    path,
    operationId,
    summary,
    description: describeWithLimits(description, limit),
    tags: [tag],
    security: options.isOpen ? [{}, { bearer: [] }] : [{ bearer: [] }],
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body: { required: true, content: contentOf(body, success) } }),
    },
    responses: together(
      withBookmarks(endpoint, withReplays(endpoint, metered(limit, successResponses(endpoint, options)))),
      failures,
    ),
    ...(options.isOpen || options.scopes.length === 0 ? {} : { "x-scopes": options.scopes }),
    ...costMember(limit),
  } as Parameters<typeof createRoute>[0]); // headers and examples are plain OpenAPI objects, which its types narrow needlessly
}

/** The bookmark header, for operations whose later reads must not be older than their response. */
function withBookmarks(endpoint: Endpoint, own: Record<string, ResponseObject>): Record<string, ResponseObject> {
  if (!isForPrograms(endpoint)) return own;
  const marked = Object.entries(own).map(
    ([status, response]) => [status, { ...response, headers: { ...response.headers, ...HEADERS.bookmark } }] as const,
  );
  return Object.fromEntries(marked);
}

/** The replay header, because a success may be that of an earlier request. */
function withReplays({ policy }: Endpoint, own: Record<string, ResponseObject>): Record<string, ResponseObject> {
  if (policy.idempotency === "none") return own;
  const marked = Object.entries(own).map(
    ([status, response]) => [status, { ...response, headers: { ...response.headers, ...HEADERS.replayed } }] as const,
  );
  return Object.fromEntries(marked);
}

/** The tokens that a plain request takes, as an extension of the operation. */
export function costMember(limit: Limit): Record<string, unknown> {
  return limit === "unmetered" ? {} : { "x-rate-limit-cost": tokensOf(limit.cost) };
}

/** The description of an operation, followed by the limits that it declares itself. */
export function describeWithLimits(description: string, limit: Limit): string {
  const own = limit === "unmetered" ? [] : (limit.also ?? []).filter((one) => typeof one !== "string");
  return [description, ...own.map(describeLimit)].join(" ");
}

function describeLimit(limit: EndpointLimit): string {
  const rate =
    "windowSeconds" in limit
      ? `${limit.limit} requests in ${limit.windowSeconds} seconds`
      : `${limit.capacity} requests at once, and one more every ${Number((1 / limit.refillPerSecond).toPrecision(3))} seconds`;
  return `The limit \`${limit.name}\` allows ${rate} for each ${limit.per}.`;
}

/** The same responses, with rate limit headers unless the service itself failed. */
export function metered(
  limit: Limit,
  responses: Readonly<Record<string, ResponseObject>>,
): Record<string, ResponseObject> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      limit === "unmetered" || Number(status) >= 500
        ? response
        : { ...response, headers: { ...response.headers, ...HEADERS.limits } },
    ]),
  );
}

/**
 * Adds what the generator does not know: descriptions of path parameters, and the headers that the operation supports.
 */
export function completeParameters(document: OpenApiDocument, endpoint: Endpoint): void {
  const { contract, policy } = endpoint;
  const operation = document.paths[contract.path]?.[METHODS[contract.method]];
  if (operation === undefined) return;
  const { kind } = contract.success;
  const isRepresentation = kind === "resource" || kind === "list";
  const parameters = (operation.parameters ?? []).map((parameter) => describePathParameter(parameter, contract.path));
  const bookmark = bookmarkParameter(contract.method, isRepresentation);
  const added = [keyParameter(policy.idempotency), bookmark].filter((one) => one !== undefined);
  const all = [...parameters, ...preconditionParameters(endpoint), ...added];
  if (all.length > 0) operation.parameters = all;
}

/** Describes `/users/{id}` as "Selects one of the users by its id." */
function describePathParameter(parameter: Parameter, path: string): Parameter {
  if (parameter.in !== "path" || parameter.description !== undefined) return parameter;
  const segments = path.split("/");
  const collection = segments[segments.indexOf(`{${parameter.name}}`) - 1];
  return { ...parameter, description: `Selects one of the ${collection} by its ${parameter.name}.` };
}

/** Merges the operation's own response and a problem response with the same status: media types and headers of both. */
function together(
  own: Readonly<Record<string, ResponseObject>>,
  failures: Readonly<Record<string, ResponseObject>>,
): Record<string, ResponseObject> {
  const shared = Object.entries(own).flatMap(([status, response]) => {
    const failure = failures[status];
    if (failure === undefined) return [];
    const both = {
      description: `${response.description}. Or ${failure.description}`,
      headers: { ...response.headers, ...failure.headers },
      content: { ...response.content, ...failure.content },
    };
    return [[status, both] as const];
  });
  return { ...own, ...failures, ...Object.fromEntries(shared) };
}

function contentOf(body: Body, success: Success) {
  if (body.kind === "json") return { "application/json": { schema: body.schema, example: body.example } };
  if (body.kind === "form") return { [FORM]: { schema: body.schema, example: body.example } };
  const name = success.kind === "resource" ? success.resource.name : "Resource";
  return {
    "application/merge-patch+json": { schema: mergePatchSchema(body.schema, name), example: body.mergeExample },
    "application/json-patch+json": { schema: jsonPatchSchema, example: body.patchExample },
  };
}

const LEADING_ON: ResponseObject = {
  description: "Continue at `Location`.",
  headers: { ...HEADERS.everywhere, ...HEADERS.next },
};

/** The ETag of a document depends only on its content. A document has no date. */
const TAGGED = { ETag: HEADERS.representation.ETag };

function unchanged(headers: Readonly<Record<string, unknown>>): ResponseObject {
  return { description: "The client's copy is current.", headers };
}

function successResponses(endpoint: Endpoint, options: OperationOptions): Record<string, ResponseObject> {
  const { success, method, summary } = endpoint.contract;
  switch (success.kind) {
    case "empty":
      return { [success.status]: { description: "Done.", headers: HEADERS.everywhere } };
    case "redirect":
      return { [success.status]: LEADING_ON };
    case "document": {
      const response = {
        description: summary,
        headers: isConditionalRead(endpoint) ? { ...HEADERS.everywhere, ...TAGGED } : HEADERS.everywhere,
        content: { [success.mediaType]: { schema: success.schema, example: success.example } },
      };
      const statuses = [success.status, ...(success.also ?? [])];
      return {
        ...Object.fromEntries(statuses.map((status) => [status, status === 303 ? LEADING_ON : response])),
        ...(isConditionalRead(endpoint) ? { 304: unchanged(response.headers) } : {}),
      };
    }
    case "resource":
    case "list": {
      const selected = {
        ...HEADERS.everywhere,
        ...HEADERS.representation,
        ...(method === "GET" && options.isPatchable ? HEADERS.acceptPatch : {}),
      };
      const headers = {
        ...selected,
        ...(success.kind === "list" ? HEADERS.link : {}),
        ...(success.status === 201 ? HEADERS.location : {}),
      };
      const content = Object.fromEntries(
        options.formats.map((format) => [format.mediaType, representation(endpoint, success, format)]),
      );
      return {
        [success.status]: { description: summary, headers, content },
        ...(method === "GET" ? { 304: unchanged(selected) } : {}),
      };
    }
  }
}

function representation({ contract }: Endpoint, success: Extract<Success, { resource: Resource }>, format: Format) {
  if (success.kind === "resource") {
    const shown = withOnce(success);
    return {
      schema: format.resourceSchema(shown, !("fields" in (contract.query?.shape ?? {}))),
      example: format.writeResource(exampleView(shown)),
    };
  }
  const view = exampleView(success.resource);
  return {
    schema: format.listSchema(success.resource, success.facets),
    example: format.writeList(exampleList(view, contract.path, success.facets)),
  };
}

/** The resource with the members that only this response shows. */
function withOnce({ resource, once }: Extract<Success, { kind: "resource" }>): Resource {
  if (once === undefined) return resource;
  const name = `${resource.name}WithSecret`;
  return defineResource({
    ...resource,
    name,
    schema: z.strictObject({ ...resource.schema.shape, ...once.schema.shape }).openapi(name),
    example: { ...resource.example, ...once.example },
  });
}

/** The example with every transition that its state allows, regardless of permissions. */
function exampleView(resource: Resource): ResourceView {
  const id = String(resource.example["id"]);
  const members = { ...resource.example, id };
  // Time 0: no deadline has passed in an example.
  const possible = (resource.transitions ?? []).filter((transition) => transition.isPossible(members, 0));
  return {
    resource,
    id,
    members,
    self: `${EXAMPLE_ORIGIN}${resource.path(id)}`,
    transitions: Object.fromEntries(possible.map(({ action, path }) => [action, `${EXAMPLE_ORIGIN}${path(id)}`])),
  };
}

/** A list with one item, and all facets. */
function exampleList(view: ResourceView, path: string, facets: readonly string[]) {
  const url = new URL(path, EXAMPLE_ORIGIN);
  if (facets.length > 0) url.searchParams.set("facets", facets.join(","));
  const counts = facets.map((name) => [name, [{ value: String(view.resource.example[name]), count: 1 }]] as const);
  return {
    resource: view.resource,
    items: [view],
    page: { next: null, prev: null, has_more: false, limit: 20 },
    facets: facets.length === 0 ? undefined : Object.fromEntries(counts),
    links: { self: url.href, first: url.href },
    embeds: false,
  };
}
