/**
 * Stage 3. What exists and which methods it has: 404, 405 with `Allow`, 414, and the answer to OPTIONS. HEAD
 * comes with each GET.
 */
import type { Context, Handler, MiddlewareHandler, Next } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Endpoint, Method, Success } from "#core/contract/endpoint.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import type { Resource } from "#core/contract/resource.ts";
import { problem } from "#core/http/problem.ts";
import { FORM } from "../receive/form.ts";
import { ACCEPT_PATCH, acceptedBy } from "../receive/receive.ts";
import { isProtocol } from "./protocol.ts";

const MAX_URL_CHARACTERS = 8192;

/** Stands for a URL that is none, such as a `Host` with a blank in it makes. Such a request gets no further than here. */
export const UNREADABLE_URL = new URL("https://unreadable.invalid/");

/** @throws malformed-request, uri-too-long */
export async function boundUrl(c: Context<AppEnv>, next: Next): Promise<void> {
  if (c.var.url === UNREADABLE_URL) throw problem("malformed-request", { detail: "The request's URL cannot be read." });
  if (c.req.url.length > MAX_URL_CHARACTERS) throw problem("uri-too-long");
  await next();
}

/** Lets the stages behind know which endpoint the request is for, and a reader how the resource is changed. */
export function bind(endpoint: Endpoint, paths: readonly Path[]): MiddlewareHandler<AppEnv> {
  const path = paths.find(({ endpoints }) => endpoints.includes(endpoint));
  const showsPatch = endpoint.contract.method === "GET" && path !== undefined && hasMethod(path, "PATCH");
  const isPrivate = isPrivatelyRead(endpoint, paths);
  return async function bindEndpoint(c, next) {
    c.set("endpoint", endpoint);
    c.set("isPrivate", isPrivate);
    await next();
    if (showsPatch) c.res.headers.set("Accept-Patch", ACCEPT_PATCH);
  };
}

export interface Path {
  readonly template: string;
  readonly endpoints: readonly (Endpoint | ProtocolEndpoint)[];
}

/**
 * Endpoints by their path. A path with a fixed segment comes before one with a parameter in its place, whatever the
 * order of declaration, since the router takes the first that fits.
 */
export function pathsOf(endpoints: readonly (Endpoint | ProtocolEndpoint)[]): Path[] {
  const byTemplate = Map.groupBy(endpoints, (endpoint) => endpoint.contract.path);
  const paths = Array.from(byTemplate, ([template, members]) => ({ template, endpoints: members }));
  return paths.sort((a, b) => parameterPlaces(a).localeCompare(parameterPlaces(b)));
}

/** One digit a segment, 1 for a parameter, so that texts compare as paths should. */
function parameterPlaces({ template }: Path): string {
  return template
    .split("/")
    .map((segment) => (segment.includes("{") ? "1" : "0"))
    .join("");
}

/** An OpenAPI template in the router's syntax. */
export function routerPath(template: string): string {
  return template.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** The exact methods of a path, HEAD and OPTIONS included (RFC 9110 section 10.2.1). */
export function allowOf(path: Path): string {
  const methods = path.endpoints.flatMap(({ contract }) =>
    contract.method === "GET" ? ["GET", "HEAD"] : [contract.method],
  );
  return [...methods, "OPTIONS"].join(", ");
}

/** Answers OPTIONS with what the path can do. */
export function describePath(path: Path): Handler<AppEnv> {
  const headers: Record<string, string> = { Allow: allowOf(path) };
  for (const endpoint of path.endpoints) {
    const { method } = endpoint.contract;
    if (method === "PATCH") headers["Accept-Patch"] = ACCEPT_PATCH;
    if (method === "POST") headers["Accept-Post"] = isProtocol(endpoint) ? FORM : acceptedBy(endpoint);
  }
  return (c) => {
    c.var.log["http.route"] = path.template;
    return c.body(null, 204, headers);
  };
}

/** Answers every other method. @throws method-not-allowed with the exact `Allow` */
export function refuseMethod(path: Path): Handler<AppEnv> {
  const allow = allowOf(path);
  return (c) => {
    c.var.log["http.route"] = path.template;
    throw problem("method-not-allowed", {
      detail: `${c.req.method.slice(0, 32)} is not allowed here. Allowed: ${allow}.`,
      headers: { Allow: allow },
    });
  };
}

/**
 * Whether reads of what the endpoint reads or changes are the caller's own. A write itself is never stored: what it
 * answers with is read by the GET of the same resource, or else of the same path.
 */
export function isPrivatelyRead(endpoint: Endpoint, paths: readonly Path[]): boolean {
  const { method, path, success } = endpoint.contract;
  const reads = paths
    .flatMap(({ endpoints }) => endpoints)
    .filter((candidate) => "policy" in candidate)
    .filter(({ contract }) => contract.method === "GET");
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
