/**
 * Stages 11 and 12. Runs the handler and makes the response of its answer: fields, format, validators, caching and
 * links. A read that turns out unchanged is a 304 here at the latest.
 */
import type { Context } from "hono";
import { cacheControl } from "../caching/cache-control.ts";
import { answerUnchanged, selectedTag, validatorHeaders } from "../caching/conditional.ts";
import type { Answer, DocumentAnswer, ListAnswer, PageLink, ResourceAnswer } from "../contract/answer.ts";
import type { AppEnv } from "../contract/context.ts";
import type { ResourceView } from "../contract/format.ts";
import { fieldsOf, type Members, type Resource } from "../contract/resource.ts";
import { formatLinks } from "../http/link.ts";
import { pickFields, readFields } from "../shaping/fields.ts";

export async function respond(c: Context<AppEnv>): Promise<Response> {
  const { endpoint, call } = c.var;
  // Known before the handler runs, so that a bad name costs no query.
  const fields = selectedFields(c);
  const answer: Answer = await endpoint.handler({
    ...call,
    params: call.params as never,
    query: call.query as never,
    body: call.body as never,
  }); // parsed by this endpoint's own schemas
  switch (answer.kind) {
    case "empty":
      return new Response(null, { status: answer.status });
    case "document":
      return documentResponse(c, answer);
    case "resource":
      return (await unchanged(c, answer)) ?? resourceResponse(c, answer, fields);
    case "list":
      return (await unchanged(c, answer)) ?? listResponse(c, answer, fields);
  }
}

function selectedFields(c: Context<AppEnv>): ReadonlySet<string> | undefined {
  const { success } = c.var.endpoint.contract;
  if (success.kind !== "resource" && success.kind !== "list") return undefined;
  const query = c.var.call.query as { readonly fields?: string }; // only an endpoint with the parameter has it here
  return readFields(query.fields, fieldsOf(success.resource));
}

async function unchanged(c: Context<AppEnv>, answer: ResourceAnswer | ListAnswer): Promise<Response | undefined> {
  return c.var.endpoint.contract.method === "GET" ? answerUnchanged(c, answer.validator) : undefined;
}

async function resourceResponse(
  c: Context<AppEnv>,
  answer: ResourceAnswer,
  fields: ReadonlySet<string> | undefined,
): Promise<Response> {
  const view = viewOf(c, answer.resource, answer.value, fields);
  const headers = await representationHeaders(c, answer, new URL(view.self));
  if (answer.status === 201) headers["Location"] = view.self;
  return send(c, answer.status, c.var.format.writeResource(view), headers);
}

async function listResponse(
  c: Context<AppEnv>,
  answer: ListAnswer,
  fields: ReadonlySet<string> | undefined,
): Promise<Response> {
  const here = new URL(c.req.url);
  const self = absolute(c, here);
  const links: Record<string, string> = { self };
  for (const relation of ["first", "prev", "next"] as const) {
    const change = answer.links[relation];
    if (change !== undefined) links[relation] = absolute(c, withParameters(here, change));
  }
  const items = answer.items.map((value) => viewOf(c, answer.resource, value, fields));
  const { self: _, ...related } = links;
  const headers = await representationHeaders(c, answer, here);
  headers["Link"] = formatLinks(Object.entries(related).map(([rel, href]) => ({ rel, href })));
  return send(
    c,
    answer.status,
    c.var.format.writeList({ resource: answer.resource, items, page: answer.page, facets: answer.facets, links }),
    headers,
  );
}

/**
 * A write answers with the representation that a GET of the resource gives, and so with its tag: `target` is the
 * URL that the tag is for.
 */
async function representationHeaders(
  c: Context<AppEnv>,
  answer: ResourceAnswer | ListAnswer,
  target: URL,
): Promise<Record<string, string>> {
  const { method } = c.var.endpoint.contract;
  const isRead = method === "GET";
  const etag = await selectedTag(c, answer.validator, isRead ? new URL(c.req.url) : target);
  const headers = validatorHeaders(c, etag, answer.validator);
  if (!isRead) headers["Cache-Control"] = "no-store";
  else if (answer.kind === "list" && answer.cache !== undefined) headers["Cache-Control"] = cacheControl(answer.cache);
  return headers;
}

function send(c: Context<AppEnv>, status: number, body: unknown, headers: Record<string, string>): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, "Content-Type": c.var.format.mediaType },
  });
}

function documentResponse(c: Context<AppEnv>, answer: DocumentAnswer): Response {
  return new Response(answer.content, {
    status: answer.status,
    headers: {
      "Content-Type": answer.mediaType,
      "Cache-Control": cacheControl(c.var.endpoint.policy.cache),
      ...answer.headers,
    },
  });
}

function viewOf(
  c: Context<AppEnv>,
  resource: Resource,
  value: Members,
  fields: ReadonlySet<string> | undefined,
): ResourceView {
  return {
    resource,
    id: value.id,
    members: pickFields(value, fields),
    self: `${c.var.origin}${resource.path(value.id)}`,
  };
}

function absolute(c: Context<AppEnv>, url: URL): string {
  return `${c.var.origin}${url.pathname}${url.search}`;
}

function withParameters(url: URL, change: PageLink): URL {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) changed.searchParams.delete(name);
    else changed.searchParams.set(name, value);
  }
  return changed;
}
