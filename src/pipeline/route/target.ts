/**
 * The target of a request: path and query parameters. A malformed id is a missing resource; an unknown, repeated
 * or invalid parameter is refused, never ignored. Pages read by people ignore parameters they do not know.
 */
import { z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { AppEnv } from "#core/contract/context.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { makeId } from "#core/contract/identifier.ts";
import { problem, type RequestFault } from "#core/http/problem.ts";
import { MAX_FAULTS, parameterFaults, plainly } from "../idempotency/faults.ts";
import { invalid } from "../validate/invalid.ts";

const NO_PARAMETERS = z.object({});

/** @throws not-found, invalid-parameter */
export function readTarget({ contract }: Endpoint): MiddlewareHandler<AppEnv> {
  const pathSchema = contract.params ?? NO_PARAMETERS;
  const readQuery = queryReader(contract);
  return async function readTargetOfRequest(c, next) {
    const params = pathSchema.safeParse(c.req.param());
    if (!params.success) throw problem("not-found");
    const { url, surroundings, principal, ability, standings } = c.var;
    c.set("call", {
      ...surroundings,
      params: params.data,
      query: readQuery(url.searchParams),
      body: undefined,
      current: undefined,
      principal,
      ability,
      standings,
      url: canonicalUrl(url, contract.aliasOf?.(principal) ?? pathOf(contract.path, params.data)),
      cookie: (name) => getCookie(c, name),
      header: (name) => c.req.header(name),
      newId: (prefix) => makeId(prefix, surroundings.now, surroundings.randomBytes(10)),
    });
    await next();
  };
}

/** Of all spellings of a path, percent-encoded ones included, the one that the template gives with these values. */
function pathOf(template: string, params: Readonly<Record<string, unknown>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
}

function canonicalUrl(url: URL, path: string): URL {
  if (url.pathname === path) return url;
  const canonical = new URL(url);
  canonical.pathname = path;
  return canonical;
}

function queryReader({ query, success }: Endpoint["contract"]): (sent: URLSearchParams) => Record<string, unknown> {
  const isPage = success.kind === "redirect" || (success.kind === "document" && success.mediaType === "text/html");
  if (query === undefined && isPage) return () => ({});
  const { shape } = query ?? NO_PARAMETERS;
  const schema = z.strictObject(shape);
  const allowed = Object.keys(shape);
  return function readQuery(sent) {
    const faults = [...repeatedParameters(sent), ...parametersWithNul(sent)];
    const parsed = schema.safeParse(Object.fromEntries(sent), plainly);
    if (!parsed.success) faults.push(...parameterFaults(parsed.error, allowed));
    if (parsed.success && faults.length === 0) return parsed.data;
    throw invalid("invalid-parameter", faults.slice(0, MAX_FAULTS));
  };
}

function repeatedParameters(sent: URLSearchParams): RequestFault[] {
  const counts = new Map<string, number>();
  for (const name of sent.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Array.from(counts)
    .filter(([, count]) => count > 1)
    .map(([name]) => ({ parameter: name, code: "repeated", detail: "The parameter may be given once." }));
}

/** As in bodies: no text of ours holds U+0000, so none is searched for or stored. */
function parametersWithNul(sent: URLSearchParams): RequestFault[] {
  return Array.from(sent)
    .filter(([, value]) => value.includes("\0"))
    .map(([name]) => ({ parameter: name, code: "nul", detail: "The parameter has the character U+0000." }));
}
