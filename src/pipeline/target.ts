/**
 * The target of a request: path and query parameters. A malformed id is a missing resource; an unknown, repeated
 * or invalid parameter is refused, never ignored. Pages read by people ignore parameters they do not know.
 */
import { z } from "@hono/zod-openapi";
import type { Context, Next } from "hono";
import type { AppEnv } from "../contract/context.ts";
import type { Doors } from "../contract/doors.ts";
import type { Endpoint } from "../contract/endpoint.ts";
import { makeId } from "../contract/identifier.ts";
import { type Problem, problem, type RequestFault } from "../http/problem.ts";
import { MAX_FAULTS, parameterFaults, plainly } from "./faults.ts";

const NO_PARAMETERS = z.object({});

/** @throws not-found, invalid-parameter */
export function readTarget(doors: Doors) {
  return async function readTargetOfRequest(c: Context<AppEnv>, next: Next): Promise<void> {
    const { endpoint } = c.var;
    const url = new URL(c.req.url);
    const params = (endpoint.contract.params ?? NO_PARAMETERS).safeParse(c.req.param());
    if (!params.success) throw problem("not-found");
    const query = readQuery(endpoint, url.searchParams);
    c.set("call", {
      params: params.data,
      query,
      body: undefined,
      current: undefined,
      principal: c.var.principal,
      ability: c.var.ability,
      bindings: c.env,
      database: c.var.database,
      settings: c.var.settings,
      origin: c.var.origin,
      url,
      now: c.var.now,
      newId: (prefix) => makeId(prefix, c.var.now, doors.randomBytes(10)),
    });
    await next();
  };
}

function readQuery(endpoint: Endpoint, sent: URLSearchParams): Record<string, unknown> {
  const { query: schema, success } = endpoint.contract;
  if (schema === undefined && success.kind === "document" && success.mediaType === "text/html") return {};
  const { shape } = schema ?? NO_PARAMETERS;
  const faults = [...repeatedParameters(sent), ...parametersWithNul(sent)];
  const parsed = z.strictObject(shape).safeParse(Object.fromEntries(sent), plainly);
  if (!parsed.success) faults.push(...parameterFaults(parsed.error, Object.keys(shape)));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw invalidParameters(faults.slice(0, MAX_FAULTS));
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

function invalidParameters(errors: readonly RequestFault[]): Problem {
  const [only, ...others] = errors;
  const detail = only !== undefined && others.length === 0 ? only.detail : `${errors.length} parameters are invalid.`;
  return problem("invalid-parameter", { detail, errors });
}
