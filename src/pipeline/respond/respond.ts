/**
 * Stages 11 and 12. Runs the handler and turns its result into a response: fields, format, validators, caching and
 * links. The response contains only what the principal may read. A read whose client has a current copy becomes a 304.
 */
import type {
  Answer,
  DocumentAnswer,
  ListAnswer,
  PageLink,
  RedirectAnswer,
  ResourceAnswer,
} from "#core/contract/answer.ts";
import { type Given, TARGETED, type Targeted } from "#core/contract/context.ts";
import type { EmbeddedView, Format, ResourceView } from "#core/contract/format.ts";
import type { Members, Relation, Resource } from "#core/contract/resource.ts";
import { stage } from "#core/contract/stage.ts";
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

export const respond = stage(
  "respond",
  { requires: [...TARGETED, "current", "validated", "keepWhole", "body"], provides: ["execution"] },
  async (request) => {
    // Parsed before the handler runs, so that an invalid name costs no query.
    const selection = selectionOf(request);
    request.execution = {};
    request.meter.usage.answeredFrom = "handler";
    try {
      request.execution.answer = await request.endpoint.handler(request);
    } catch (failure) {
      throw await ofPresentState(request, failure);
    }
    return represent(request, request.execution.answer, selection);
  },
);

type Represented = Targeted & Partial<Given<"keepWhole">>;

/** The handler's result as a response to this request. */
export async function represent(
  request: Represented,
  answer: Answer,
  selection = selectionOf(request),
): Promise<Response> {
  switch (answer.kind) {
    case "empty":
      return new Response(null, { status: answer.status });
    case "redirect":
      return withCookies(redirectTo(answer), answer);
    case "document":
      return withCookies(await documentResponse(request, answer), answer);
    case "resource":
      return resourceResponse(request, answer, selection);
    case "list":
      return listResponse(request, answer, selection);
  }
}

/** @throws uri-too-long */
function redirectTo({ status, location }: RedirectAnswer): Response {
  return new Response(null, { status, headers: { Location: boundLocation(location) } });
}

function selectionOf(request: Targeted): Selection {
  const { endpoint, ability } = request;
  const { success } = endpoint.contract;
  if (success.kind !== "resource" && success.kind !== "list") return { fields: undefined, relations: undefined };
  const { resource } = success;
  const relations = selectedRelations(request, resource);
  const fieldset = fieldsetOf(request, resource);
  if (fieldset !== undefined) return { fields: fieldset.members, relations, linked: fieldset.relationships };
  return { fields: withIncluded(selectedFields(request, readableFields(ability, resource)), relations), relations };
}

function selectedFields({ query }: Targeted, readable: readonly string[]): Selection["fields"] {
  const { fields } = query as { readonly fields?: string }; // only an endpoint with the parameter has it here
  return readFields(fields, readable);
}

/** A write returns the same representation as a GET of the resource, so its ETag is the same. */
async function resourceResponse(request: Represented, answer: ResourceAnswer, selection: Selection): Promise<Response> {
  const { endpoint, ability, format, keepWhole } = request;
  const { resource, value, validator, status } = answer;
  const isRead = endpoint.contract.method === "GET";
  const readableOf = fieldReader(ability, resource);
  const readable = readableOf(value);
  if (isRead) {
    authorizeObject(ability, endpoint.policy.access, value);
    if (fieldsetOf(request, resource, readable) === undefined) selectedFields(request, readable);
  }
  const embedding = await embed(request, selection.relations, [value], readableOf);
  const self = `${request.origin}${resource.path(value.id)}`;
  const selected = await select(
    request,
    { ...validator, modifiedAt: Math.max(validator.modifiedAt, embedding.modifiedAt) },
    endpoint.policy.cache,
    isRead ? request.url : new URL(self),
    shownBeside(request, resource, [value], embedding.content),
  );
  const unchanged = isRead ? answerUnchanged(request, selected) : undefined;
  if (unchanged !== undefined && keepWhole === undefined) return unchanged;
  const view = viewOf(request, resource, pickFields(value, selection.fields, readable), {
    value,
    embedded: embedding.of(value),
    selection,
  });
  const headers = selectedHeaders(selected);
  if (status === 201) headers["Location"] = self;
  const members = { ...view.members, ...answer.once };
  const shown = { ...view, members, ...(isRead ? { requested: linkTo(request, {}) } : {}) };
  return given(request, send(format, status, JSON.stringify(format.writeResource(shown)), headers), unchanged);
}

async function listResponse(request: Represented, answer: ListAnswer, selection: Selection): Promise<Response> {
  const { endpoint, ability, format, keepWhole } = request;
  const { resource, page, facets, validator } = answer;
  const readableOf = fieldReader(ability, resource);
  const embedding = await embed(request, selection.relations, answer.items, readableOf);
  const selected = await select(
    request,
    { ...validator, modifiedAt: Math.max(validator.modifiedAt, embedding.modifiedAt) },
    answer.cache ?? endpoint.policy.cache,
    undefined,
    shownBeside(request, resource, answer.items, embedding.content),
  );
  const unchanged = answerUnchanged(request, selected);
  if (unchanged !== undefined && keepWhole === undefined) return unchanged;
  const related: Record<string, string> = {};
  for (const relation of ["first", "prev", "next"] as const) {
    const change = answer.links[relation];
    if (change !== undefined) related[relation] = linkTo(request, change);
  }
  const links = { self: linkTo(request, {}), ...related };
  const items = answer.items.map((value) =>
    viewOf(request, resource, pickFields(value, selection.fields, readableOf(value)), {
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
  const list = format.writeList({ resource, items, page, facets, links, embeds });
  const body = JSON.stringify(list);
  if (isTooLarge(body)) throw tooMuch();
  return given(request, send(format, answer.status, body, headers), unchanged);
}

/**
 * The response for the client: the whole response or a 304. The edge cache may receive the whole response in both
 * cases.
 */
function given({ keepWhole }: Represented, whole: Response, unchanged: Response | undefined): Response {
  if (unchanged === undefined) return whole;
  keepWhole?.(whole);
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

function send({ mediaType }: Format, status: number, body: string, headers: Record<string, string>): Response {
  return new Response(body, { status, headers: { ...headers, "Content-Type": mediaType } });
}

async function documentResponse(request: Targeted, answer: DocumentAnswer): Promise<Response> {
  const { contract, policy } = request.endpoint;
  const { status, mediaType, content } = answer;
  const headers: Record<string, string> = { "Cache-Control": cacheControl(policy.cache), ...answer.headers };
  if (policy.cache !== "no-store" && contract.method === "GET" && status === 200) {
    headers["ETag"] = await documentTag(request.url.pathname, content);
    const unchanged = documentUnchanged(request, headers["ETag"], headers);
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
  { now, origin, ability, format }: Targeted,
  resource: Resource,
  members: Partial<Members>,
  { value, embedded, selection }: Shown,
): ResourceView {
  const self = `${origin}${resource.path(value.id)}`;
  const offered = format.offersTransitions ? transitionsOf(ability, resource, value, now) : [];
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
function linkTo({ origin, url, sent, endpoint }: Targeted, change: PageLink): string {
  const parameters = new URLSearchParams(url.search);
  for (const [own, value] of Object.entries(change)) {
    const name = sent.nameOf(own);
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  return `${origin}${url.pathname}${canonicalQuery(parameters, endpoint.contract)}`;
}
