/**
 * Stages 11 and 12. Runs the handler and makes the response of its answer: fields, format, validators, caching and
 * links. Nothing is shown that the principal may not read. A read that turns out unchanged is a 304 here at the latest.
 */
import type { Context } from "hono";
import { cacheControl } from "../caching/cache-control.ts";
import { canonicalQuery } from "../caching/canonical-query.ts";
import { answerUnchanged, select, selectedHeaders } from "../caching/conditional.ts";
import type { Answer, DocumentAnswer, ListAnswer, PageLink, ResourceAnswer } from "../contract/answer.ts";
import type { AppEnv } from "../contract/context.ts";
import type { ResourceView } from "../contract/format.ts";
import type { Members, Resource } from "../contract/resource.ts";
import { formatLinks } from "../http/link.ts";
import { authorizeObject, fieldReader, readableFields } from "../identity/authorize-object.ts";
import { pickFields, readFields } from "../shaping/fields.ts";
import { ofPresentState } from "./current.ts";

type Fields = ReadonlySet<string> | undefined;

export async function respond(c: Context<AppEnv>): Promise<Response> {
  const { endpoint, ability } = c.var;
  const { success } = endpoint.contract;
  const isRepresentation = success.kind === "resource" || success.kind === "list";
  // Known before the handler runs, so that a bad name costs no query.
  const fields = isRepresentation ? selectedFields(c, readableFields(ability, success.resource)) : undefined;
  const answer = await handled(c);
  switch (answer.kind) {
    case "empty":
      return new Response(null, { status: answer.status });
    case "redirect":
      return withCookies(new Response(null, { status: answer.status, headers: { Location: answer.location } }), answer);
    case "document":
      return withCookies(documentResponse(c, answer), answer);
    case "resource":
      return resourceResponse(c, answer, fields);
    case "list":
      return listResponse(c, answer, fields);
  }
}

async function handled(c: Context<AppEnv>): Promise<Answer> {
  try {
    return await c.var.endpoint.handler(c.var.call);
  } catch (failure) {
    throw await ofPresentState(c, failure);
  }
}

function selectedFields(c: Context<AppEnv>, readable: readonly string[]): Fields {
  const query = c.var.call.query as { readonly fields?: string }; // only an endpoint with the parameter has it here
  return readFields(query.fields, readable);
}

/** A write answers with the representation that a GET of the resource gives, and so with its tag. */
async function resourceResponse(c: Context<AppEnv>, answer: ResourceAnswer, fields: Fields): Promise<Response> {
  const { endpoint, ability, call } = c.var;
  const { resource, value, validator, status } = answer;
  const isRead = endpoint.contract.method === "GET";
  const readable = fieldReader(ability, resource)(value);
  if (isRead) {
    authorizeObject(ability, endpoint.policy.access, value);
    selectedFields(c, readable);
  }
  const view = viewOf(c, resource, value, pickFields(value, fields, readable));
  const selected = await select(c, validator, endpoint.policy.cache, isRead ? call.url : new URL(view.self));
  const unchanged = isRead ? answerUnchanged(c, selected) : undefined;
  if (unchanged !== undefined) return unchanged;
  const headers = selectedHeaders(selected);
  if (status === 201) headers["Location"] = view.self;
  const shown = { ...view, members: { ...view.members, ...answer.once } };
  return send(c, status, c.var.format.writeResource(shown), headers);
}

async function listResponse(c: Context<AppEnv>, answer: ListAnswer, fields: Fields): Promise<Response> {
  const { resource, page, facets } = answer;
  const selected = await select(c, answer.validator, answer.cache ?? c.var.endpoint.policy.cache);
  const unchanged = answerUnchanged(c, selected);
  if (unchanged !== undefined) return unchanged;
  const related: Record<string, string> = {};
  for (const relation of ["first", "prev", "next"] as const) {
    const change = answer.links[relation];
    if (change !== undefined) related[relation] = linkTo(c, change);
  }
  const links = { self: linkTo(c, {}), ...related };
  const readableOf = fieldReader(c.var.ability, resource);
  const items = answer.items.map((value) => viewOf(c, resource, value, pickFields(value, fields, readableOf(value))));
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

function withCookies(response: Response, { cookies = [] }: { readonly cookies?: readonly string[] }): Response {
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  return response;
}

function viewOf(c: Context<AppEnv>, resource: Resource, { id }: Members, members: Partial<Members>): ResourceView {
  return { resource, id, members, self: `${c.var.origin}${resource.path(id)}` };
}

/** The absolute URL of the request with some parameters changed, spelled as its entity tag takes it. */
function linkTo(c: Context<AppEnv>, change: PageLink): string {
  const { url } = c.var.call;
  const parameters = new URLSearchParams(url.search);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  return `${c.var.origin}${url.pathname}${canonicalQuery(parameters)}`;
}
