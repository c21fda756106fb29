/**
 * Stages 11 and 12. Runs the handler and turns its result into a response: fields, format, validators, caching and
 * links. The response contains only what the principal may read. A read whose client has a current copy becomes a 304.
 */
import type { Context } from "hono";
import type {
  Answer,
  DocumentAnswer,
  ListAnswer,
  PageLink,
  RedirectAnswer,
  ResourceAnswer,
} from "#core/contract/answer.ts";
import type { AppEnv, Execution } from "#core/contract/context.ts";
import type { EmbeddedView, ResourceView } from "#core/contract/format.ts";
import type { Members, Relation, Resource } from "#core/contract/resource.ts";
import { transitionsOf } from "#core/contract/transitions.ts";
import { fittingLinks, formatLinks } from "#core/http/link.ts";
import { boundLocation } from "#core/http/location.ts";
import { invalidParameter } from "#core/http/problem.ts";
import { cacheControl } from "#features/caching/cache-control.ts";
import { canonicalQuery } from "#features/caching/canonical-query.ts";
import { answerUnchanged, select, selectedHeaders, shownBeside } from "#features/caching/conditional.ts";
import { documentTag, documentUnchanged } from "#features/caching/document.ts";
import { authorizeObject, fieldReader, readableFields } from "#features/identity/authorize-object.ts";
import { pickFields, readFields } from "#features/representation/fields.ts";
import { withIncluded } from "#features/representation/include.ts";
import { ofPresentState } from "./current.ts";
import { embed, fieldsetOf, selectedRelations } from "./embed.ts";

/** The maximum size of a list response. A larger page is refused. */
const MAX_LIST_BYTES = 1_000_000;

/** What the client selected. Undefined: all members, and no embedded resources. */
interface Selection {
  readonly fields: ReadonlySet<string> | undefined;
  readonly relations: readonly Relation[] | undefined;
  /** The relations whose linkage to show, if a fieldset names them. */
  readonly linked?: ReadonlySet<string> | undefined;
}

export async function respond(c: Context<AppEnv>): Promise<Response> {
  // Parsed before the handler runs, so that an invalid name costs no query.
  const selection = selectionOf(c);
  return represent(c, await handled(c), selection);
}

/** The handler's result as a response to this request. */
export async function represent(c: Context<AppEnv>, answer: Answer, selection = selectionOf(c)): Promise<Response> {
  switch (answer.kind) {
    case "empty":
      return new Response(null, { status: answer.status });
    case "redirect":
      return withCookies(redirectTo(answer), answer);
    case "document":
      return withCookies(await documentResponse(c, answer), answer);
    case "resource":
      return resourceResponse(c, answer, selection);
    case "list":
      return listResponse(c, answer, selection);
  }
}

/** @throws uri-too-long */
function redirectTo({ status, location }: RedirectAnswer): Response {
  return new Response(null, { status, headers: { Location: boundLocation(location) } });
}

function selectionOf(c: Context<AppEnv>): Selection {
  const { endpoint, ability } = c.var;
  const { success } = endpoint.contract;
  if (success.kind !== "resource" && success.kind !== "list") return { fields: undefined, relations: undefined };
  const { resource } = success;
  const relations = selectedRelations(c, resource);
  const fieldset = fieldsetOf(c, resource);
  if (fieldset !== undefined) return { fields: fieldset.members, relations, linked: fieldset.relationships };
  return { fields: withIncluded(selectedFields(c, readableFields(ability, resource)), relations), relations };
}

async function handled(c: Context<AppEnv>): Promise<Answer> {
  const execution: Execution = {};
  c.set("execution", execution);
  c.var.context.meter.usage.answeredFrom = "handler";
  try {
    execution.answer = await c.var.endpoint.handler(c.var.call);
    return execution.answer;
  } catch (failure) {
    throw await ofPresentState(c, failure);
  }
}

function selectedFields(c: Context<AppEnv>, readable: readonly string[]): Selection["fields"] {
  const query = c.var.call.query as { readonly fields?: string }; // only an endpoint with the parameter has it here
  return readFields(query.fields, readable);
}

/** A write returns the same representation as a GET of the resource, so its ETag is the same. */
async function resourceResponse(c: Context<AppEnv>, answer: ResourceAnswer, selection: Selection): Promise<Response> {
  const { endpoint, ability, call } = c.var;
  const { resource, value, validator, status } = answer;
  const isRead = endpoint.contract.method === "GET";
  const readableOf = fieldReader(ability, resource);
  const readable = readableOf(value);
  if (isRead) {
    authorizeObject(ability, endpoint.policy.access, value);
    if (fieldsetOf(c, resource, readable) === undefined) selectedFields(c, readable);
  }
  const embedding = await embed(c, selection.relations, [value], readableOf);
  const self = `${c.var.origin}${resource.path(value.id)}`;
  const selected = await select(
    c,
    { ...validator, modifiedAt: Math.max(validator.modifiedAt, embedding.modifiedAt) },
    endpoint.policy.cache,
    isRead ? call.url : new URL(self),
    shownBeside(c, resource, [value], embedding.content),
  );
  const unchanged = isRead ? answerUnchanged(c, selected) : undefined;
  if (unchanged !== undefined && c.var.keepWhole === undefined) return unchanged;
  const view = viewOf(c, resource, pickFields(value, selection.fields, readable), {
    value,
    embedded: embedding.of(value),
    selection,
  });
  const headers = selectedHeaders(selected);
  if (status === 201) headers["Location"] = self;
  const members = { ...view.members, ...answer.once };
  const shown = { ...view, members, ...(isRead ? { requested: linkTo(c, {}) } : {}) };
  return given(c, send(c, status, JSON.stringify(c.var.format.writeResource(shown)), headers), unchanged);
}

async function listResponse(c: Context<AppEnv>, answer: ListAnswer, selection: Selection): Promise<Response> {
  const { resource, page, facets, validator } = answer;
  const readableOf = fieldReader(c.var.ability, resource);
  const embedding = await embed(c, selection.relations, answer.items, readableOf);
  const selected = await select(
    c,
    { ...validator, modifiedAt: Math.max(validator.modifiedAt, embedding.modifiedAt) },
    answer.cache ?? c.var.endpoint.policy.cache,
    undefined,
    shownBeside(c, resource, answer.items, embedding.content),
  );
  const unchanged = answerUnchanged(c, selected);
  if (unchanged !== undefined && c.var.keepWhole === undefined) return unchanged;
  const related: Record<string, string> = {};
  for (const relation of ["first", "prev", "next"] as const) {
    const change = answer.links[relation];
    if (change !== undefined) related[relation] = linkTo(c, change);
  }
  const links = { self: linkTo(c, {}), ...related };
  const items = answer.items.map((value) =>
    viewOf(c, resource, pickFields(value, selection.fields, readableOf(value)), {
      value,
      embedded: embedding.of(value),
      selection,
    }),
  );
  const headers = {
    ...selectedHeaders(selected),
    Link: formatLinks(fittingLinks(Object.entries(related).map(([rel, href]) => ({ rel, href })))),
  };
  const embeds = selection.relations !== undefined;
  const list = c.var.format.writeList({ resource, items, page, facets, links, embeds });
  const body = JSON.stringify(list);
  if (isTooLarge(body)) throw tooMuch();
  return given(c, send(c, answer.status, body, headers), unchanged);
}

/**
 * The response for the client: the whole response or a 304. The edge cache may receive the whole response in both
 * cases.
 */
function given(c: Context<AppEnv>, whole: Response, unchanged: Response | undefined): Response {
  if (unchanged === undefined) return whole;
  c.var.keepWhole?.(whole);
  return unchanged;
}

/** JSON text needs at most three bytes for each UTF-16 code unit. */
function isTooLarge(body: string): boolean {
  return body.length * 3 > MAX_LIST_BYTES && new TextEncoder().encode(body).byteLength > MAX_LIST_BYTES;
}

function tooMuch() {
  const detail = `The page has more than ${MAX_LIST_BYTES} bytes. Request fewer items per page.`;
  return invalidParameter("limit", "too-large", detail);
}

function send(c: Context<AppEnv>, status: number, body: string, headers: Record<string, string>): Response {
  return new Response(body, {
    status,
    headers: { ...headers, "Content-Type": c.var.format.mediaType },
  });
}

async function documentResponse(c: Context<AppEnv>, answer: DocumentAnswer): Promise<Response> {
  const { contract, policy } = c.var.endpoint;
  const { status, mediaType, content } = answer;
  const headers: Record<string, string> = { "Cache-Control": cacheControl(policy.cache), ...answer.headers };
  if (policy.cache !== "no-store" && contract.method === "GET" && status === 200) {
    headers["ETag"] = await documentTag(c.var.call.url.pathname, content);
    const unchanged = documentUnchanged(c, headers["ETag"], headers);
    if (unchanged !== undefined) return unchanged;
  }
  return new Response(content, { status, headers: { ...headers, "Content-Type": mediaType } });
}

function withCookies(response: Response, { cookies = [] }: { readonly cookies?: readonly string[] }): Response {
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  return response;
}

/** A resource of the response, its embedded resources, and what the client selected of both. */
interface Shown {
  readonly value: Members;
  readonly embedded: readonly EmbeddedView[] | undefined;
  readonly selection: Selection;
}

function viewOf(
  c: Context<AppEnv>,
  resource: Resource,
  members: Partial<Members>,
  { value, embedded, selection }: Shown,
): ResourceView {
  const { origin, ability, format } = c.var;
  const self = `${origin}${resource.path(value.id)}`;
  const offered = format.offersTransitions ? transitionsOf(ability, resource, value, c.var.now) : [];
  const transitions = offered.map(({ action, path }) => [action, `${origin}${path(value.id)}`] as const);
  return {
    resource,
    id: value.id,
    members,
    self,
    ...(embedded === undefined ? {} : { embedded }),
    ...(selection.linked === undefined ? {} : { linked: selection.linked }),
    ...(transitions.length === 0 ? {} : { transitions: Object.fromEntries(transitions) }),
  };
}

/** The absolute URL of the request with some parameters changed, in the canonical spelling that its ETag uses. */
function linkTo(c: Context<AppEnv>, change: PageLink): string {
  const { call, sent } = c.var;
  const { url } = call;
  const parameters = new URLSearchParams(url.search);
  for (const [own, value] of Object.entries(change)) {
    const name = sent.nameOf(own);
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  return `${c.var.origin}${url.pathname}${canonicalQuery(parameters, c.var.endpoint.contract)}`;
}
