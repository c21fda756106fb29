/**
 * Stage 3. What exists and which methods it has: 404, 405 with `Allow`, 414, and the answer to OPTIONS. HEAD
 * comes with each GET.
 */
import type { Context, Handler, MiddlewareHandler } from "hono";
import type { AppEnv } from "../contract/context.ts";
import type { Endpoint, Method } from "../contract/endpoint.ts";
import { problem } from "../http/problem.ts";

const MAX_URL_CHARACTERS = 8192;

/** @throws uri-too-long */
export async function boundUrl(c: Context<AppEnv>, next: () => Promise<void>): Promise<void> {
  if (c.req.url.length > MAX_URL_CHARACTERS) throw problem("uri-too-long");
  await next();
}

/** Lets the stages behind know which endpoint the request is for, and a reader how the resource is changed. */
export function bind(endpoint: Endpoint, path: Path, acceptPatch: string): MiddlewareHandler<AppEnv> {
  const showsPatch = endpoint.contract.method === "GET" && hasMethod(path, "PATCH");
  return async function bindEndpoint(c, next) {
    c.set("endpoint", endpoint);
    await next();
    if (showsPatch) c.header("Accept-Patch", acceptPatch);
  };
}

export interface Path {
  readonly template: string;
  readonly endpoints: readonly Endpoint[];
}

/** Endpoints by their path, in the order of their first declaration. */
export function pathsOf(endpoints: readonly Endpoint[]): Path[] {
  const byTemplate = Map.groupBy(endpoints, (endpoint) => endpoint.contract.path);
  return Array.from(byTemplate, ([template, members]) => ({ template, endpoints: members }));
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
export function describePath(path: Path, acceptPatch: string, acceptPost: string): Handler<AppEnv> {
  const headers: Record<string, string> = { Allow: allowOf(path) };
  if (hasMethod(path, "PATCH")) headers["Accept-Patch"] = acceptPatch;
  if (hasMethod(path, "POST")) headers["Accept-Post"] = acceptPost;
  return (c) => c.body(null, 204, headers);
}

/** @throws method-not-allowed with the exact `Allow` */
export function refuseMethod(path: Path): Handler<AppEnv> {
  const allow = allowOf(path);
  return (c) => {
    throw problem("method-not-allowed", {
      detail: `${c.req.method} is not allowed here. Allowed: ${allow}.`,
      headers: { Allow: allow },
    });
  };
}

function hasMethod(path: Path, method: Method): boolean {
  return path.endpoints.some(({ contract }) => contract.method === method);
}
