/**
 * Stage 3. Matches the path and method: 404, 405 with `Allow`, 414, and responses to OPTIONS. Every GET endpoint also
 * supports HEAD.
 */
import { tagGuardsWrites } from "#core/contract/conditional.ts";
import type { Endpoint, Method, Success } from "#core/contract/endpoint.ts";
import { isForPrograms } from "#core/contract/for-programs.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import type { Resource } from "#core/contract/resource.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { boundLocation } from "#core/http/location.ts";
import { problem } from "#core/http/problem.ts";
import { FORM } from "../receive/form.ts";
import { ACCEPT_PATCH, acceptedBy } from "../receive/receive.ts";
import { isProtocol } from "./protocol.ts";

export const MAX_URL_CHARACTERS = 8192;
/** A host name has at most 253 characters (RFC 1035 section 2.3.4) and a port five. Links contain the host. */
const MAX_HOST_CHARACTERS = 259;

/** Replaces a URL that cannot be parsed, such as one from a `Host` with a space. Such a request ends at this stage. */
export const UNREADABLE_URL = new URL("https://unreadable.invalid/");

/**
 * The service's origin in a request's URL. The asterisk-form (RFC 9112 section 3.2.4) has no path and is not a URL, but
 * its host is parsed. Undefined if the host is invalid too.
 */
export function originIn(url: string): string | undefined {
  return (URL.parse(url) ?? URL.parse(url.replace(/\/?\*$/, "")))?.origin;
}

/** The methods of the whole service. The `Allow` of a resource lists its own methods. */
const ALLOWED_SOMEWHERE = "GET, HEAD, POST, PATCH, DELETE, OPTIONS";

/** Responds to `OPTIONS *` (RFC 9110 section 9.3.7) and bounds all URLs. @throws malformed-request, uri-too-long */
export const boundUrl = stage("boundUrl", {}, async ({ http: c, sentUrl }, next) => {
  if (sentUrl === UNREADABLE_URL) {
    const isAsterisk = originIn(c.req.url) !== undefined;
    if (isAsterisk && c.req.method === "OPTIONS") return c.body(null, 204, { Allow: ALLOWED_SOMEWHERE });
    throw problem("malformed-request", { detail: "The request URL is not valid." });
  }
  if (sentUrl.host.length > MAX_HOST_CHARACTERS)
    throw problem("malformed-request", { detail: "The host is too long." });
  if (c.req.url.length > MAX_URL_CHARACTERS) throw problem("uri-too-long");
  await next();
  return undefined;
});

/** Sets the endpoint for later stages, and `Accept-Patch` on reads of a patchable resource. */
export function bind(endpoint: Endpoint, path: Path, endpoints: readonly Endpoint[]): Stage {
  const showsPatch = endpoint.contract.method === "GET" && hasMethod(path, "PATCH");
  const isPrivate = isPrivatelyRead(endpoint, endpoints);
  const guardsWrites = tagGuardsWrites(endpoint, endpoints);
  return stage("bind", { provides: ["endpoint", "isPrivate", "tagGuardsWrites"] }, async (request, next) => {
    request.endpoint = endpoint;
    request.isPrivate = isPrivate;
    request.tagGuardsWrites = guardsWrites;
    await next();
    if (showsPatch) request.http.res.headers.set("Accept-Patch", ACCEPT_PATCH);
  });
}

export interface Path {
  readonly template: string;
  readonly endpoints: readonly (Endpoint | ProtocolEndpoint)[];
}

/**
 * Groups endpoints by path. The router uses the first match, so a path with a fixed segment comes before one with a
 * parameter in its place. The order of declaration does not matter.
 */
export function pathsOf(endpoints: readonly (Endpoint | ProtocolEndpoint)[]): Path[] {
  const byTemplate = Map.groupBy(endpoints, (endpoint) => endpoint.contract.path);
  const paths = Array.from(byTemplate, ([template, members]) => ({
    places: parameterPlaces(template),
    path: { template, endpoints: members },
  }));
  return paths.sort((a, b) => Number(a.places > b.places) - Number(a.places < b.places)).map(({ path }) => path);
}

/** One digit per segment, 1 for a parameter, so that the texts sort in matching order. */
function parameterPlaces(template: string): string {
  return template.replaceAll(/[^/]+/g, (segment) => (segment.includes("{") ? "1" : "0")).replaceAll("/", "");
}

/** Converts an OpenAPI path template to the router's syntax. */
export function routerPath(template: string): string {
  return template.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** The exact methods of a path, including HEAD and OPTIONS (RFC 9110 section 10.2.1). */
export function allowOf(path: Path): string {
  const methods = path.endpoints.flatMap(({ contract }) =>
    contract.method === "GET" ? ["GET", "HEAD"] : [contract.method],
  );
  return [...methods, "OPTIONS"].join(", ");
}

/** Responds to OPTIONS with the methods of the path. */
export function describePath(path: Path): Stage {
  const headers: Record<string, string> = { Allow: allowOf(path) };
  for (const endpoint of path.endpoints) {
    const { method } = endpoint.contract;
    if (method === "PATCH") headers["Accept-Patch"] = ACCEPT_PATCH;
    if (method === "POST") headers["Accept-Post"] = postedTo(endpoint);
  }
  return stage("describePath", {}, async ({ http, log }) => {
    log["http.route"] = path.template;
    return http.body(null, 204, headers);
  });
}

function postedTo(endpoint: Endpoint | ProtocolEndpoint): string {
  if (!isProtocol(endpoint)) return acceptedBy(endpoint);
  return endpoint.contract.json === undefined ? FORM : "application/json";
}

/**
 * Redirects a path with trailing slashes to the page or document without them (308, RFC 9110 section 15.4.9). Paths of
 * the API have one spelling, so they are not redirected. Every other path is a 404. @throws not-found, uri-too-long
 */
export function redirectOrRefuse(paths: readonly Path[]): Stage {
  const readable = paths.filter(isPage).map(({ template }) => patternOf(template));
  return stage("redirectOrRefuse", {}, async ({ http, sentUrl, origin }) => {
    const { pathname, search } = sentUrl;
    const canonical = withoutSlashes(pathname);
    const isRead = http.req.method === "GET" || http.req.method === "HEAD";
    const leadsOn = isRead && canonical !== pathname && readable.some((pattern) => pattern.test(canonical));
    if (!leadsOn) throw problem("not-found");
    return http.body(null, 308, { Location: boundLocation(`${origin}${canonical}${search}`) });
  });
}

function isPage({ endpoints }: Path): boolean {
  return endpoints.some(
    (endpoint) => endpoint.contract.method === "GET" && !isProtocol(endpoint) && !isForPrograms(endpoint),
  );
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (path.charAt(end - 1) === "/") end -= 1;
  return path.slice(0, end);
}

/** A pattern that matches the paths of a template. */
function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(".", "[.]").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

/** Handles every other method. @throws method-not-allowed with the exact `Allow` */
export function refuseMethod(path: Path): Stage {
  const allow = allowOf(path);
  return stage("refuseMethod", {}, async ({ http, log }) => {
    log["http.route"] = path.template;
    throw problem("method-not-allowed", {
      detail: `${http.req.method.slice(0, 32)} is not allowed here. Allowed: ${allow}.`,
      headers: { Allow: allow },
    });
  });
}

/**
 * Whether the resource that the endpoint reads or writes is private to the caller. A write is never stored itself. The
 * GET of the same resource decides, or else the GET of the same path.
 */
export function isPrivatelyRead(endpoint: Endpoint, endpoints: readonly Endpoint[]): boolean {
  const { method, path, success } = endpoint.contract;
  const reads = endpoints.filter(({ contract }) => contract.method === "GET");
  const read =
    method === "GET"
      ? endpoint
      : (reads.find(({ contract }) => success.kind === "resource" && isOf(contract.success, success.resource)) ??
        reads.find(({ contract }) => contract.path === path));
  return read !== undefined && read.policy.cache !== "no-store" && read.policy.cache.scope === "private";
}

function isOf(success: Success, resource: Resource): boolean {
  return success.kind === "resource" && success.resource === resource;
}

function hasMethod(path: Path, method: Method): boolean {
  return path.endpoints.some(({ contract }) => contract.method === method);
}
