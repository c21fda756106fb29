/**
 * Stages 11 and 12. Runs the handler and makes the response of its answer: fields, format, validators, caching and
 * links. A read that turns out unchanged is a 304 here at the latest.
 */
import type { Context } from "hono";
import { cacheControl } from "../caching/cache-control.ts";
import { canonicalUrl } from "../caching/canonical-url.ts";
import { answerUnchanged, type Selected, select, selectedHeaders } from "../caching/conditional.ts";
import type { Answer, DocumentAnswer, ListAnswer, PageLink, ResourceAnswer } from "../contract/answer.ts";
import type { AppEnv } from "../contract/context.ts";
import type { ResourceView } from "../contract/format.ts";
import { fieldsOf, type Members, type Resource } from "../contract/resource.ts";
import { formatLinks } from "../http/link.ts";
import { pickFields, readFields } from "../shaping/fields.ts";

type Fields = ReadonlySet<string> | undefined;

export async function respond(c: Context<AppEnv>): Promise<Response> {
  const { endpoint, call } = c.var;
  // Known before the handler runs, so that a bad name costs no query.
  const fields = selectedFields(c);
  const answer: Answer = await endpoint.handler(call);
  switch (answer.kind) {
    case "empty":
      return new Response(null, { status: answer.status });
    case "document":
      return documentResponse(c, answer);
    case "resource":
    case "list":
      return representation(c, answer, fields);
  }
}

function selectedFields(c: Context<AppEnv>): Fields {
  const { success } = c.var.endpoint.contract;
  if (success.kind !== "resource" && success.kind !== "list") return undefined;
  const query = c.var.call.query as { readonly fields?: string }; // only an endpoint with the parameter has it here
  return readFields(query.fields, fieldsOf(success.resource));
}

/** A write answers with the representation that a GET of the resource gives, and so with its tag. */
async function representation(
  c: Context<AppEnv>,
  answer: ResourceAnswer | ListAnswer,
  fields: Fields,
): Promise<Response> {
  const { endpoint, call } = c.var;
  const isRead = endpoint.contract.method === "GET";
  const cache = (answer.kind === "list" ? answer.cache : undefined) ?? endpoint.policy.cache;
  const target = isRead || answer.kind === "list" ? call.url : new URL(selfOf(c, answer.resource, answer.value.id));
  const selected = await select(c, answer.validator, cache, target);
  const unchanged = isRead ? answerUnchanged(c, selected) : undefined;
  if (unchanged !== undefined) return unchanged;
  return answer.kind === "list"
    ? listResponse(c, answer, fields, selected)
    : resourceResponse(c, answer, fields, selected);
}

function resourceResponse(c: Context<AppEnv>, answer: ResourceAnswer, fields: Fields, selected: Selected): Response {
  const view = viewOf(c, answer.resource, answer.value, fields);
  const headers = selectedHeaders(selected);
  if (answer.status === 201) headers["Location"] = view.self;
  return send(c, answer.status, c.var.format.writeResource(view), headers);
}

function listResponse(c: Context<AppEnv>, answer: ListAnswer, fields: Fields, selected: Selected): Response {
  const { resource, page, facets } = answer;
  const related: Record<string, string> = {};
  for (const relation of ["first", "prev", "next"] as const) {
    const change = answer.links[relation];
    if (change !== undefined) related[relation] = linkTo(c, change);
  }
  const links = { self: linkTo(c, {}), ...related };
  const items = answer.items.map((value) => viewOf(c, resource, value, fields));
  const headers = {
    ...selectedHeaders(selected),
    Link: formatLinks(Object.entries(related).map(([rel, href]) => ({ rel, href }))),
  };
  return send(c, answer.status, c.var.format.writeList({ resource, items, page, facets, links }), headers);
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

function viewOf(c: Context<AppEnv>, resource: Resource, value: Members, fields: Fields): ResourceView {
  return { resource, id: value.id, members: pickFields(value, fields), self: selfOf(c, resource, value.id) };
}

function selfOf(c: Context<AppEnv>, resource: Resource, id: string): string {
  return `${c.var.origin}${resource.path(id)}`;
}

/** The absolute URL of the request with some parameters changed, spelled as its entity tag takes it. */
function linkTo(c: Context<AppEnv>, change: PageLink): string {
  const url = new URL(c.var.call.url);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  const { pathname, search } = canonicalUrl(url);
  return `${c.var.origin}${pathname}${search}`;
}
