/**
 * The target of a request: path and query parameters. A malformed id is a missing resource; an unknown, repeated
 * or invalid parameter is refused, never ignored. Pages read by people ignore parameters they do not know.
 */

import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../contract/context.ts";
import type { Doors } from "../contract/doors.ts";
import type { Endpoint } from "../contract/endpoint.ts";
import { makeId } from "../contract/identifier.ts";
import { problem, type RequestFault } from "../http/problem.ts";
import { parameterFaults } from "./faults.ts";

const NO_PARAMETERS = z.object({});

/** @throws not-found, invalid-parameter */
export function readTarget(doors: Doors) {
  return async function readTargetOfRequest(c: Context<AppEnv>, next: () => Promise<void>): Promise<void> {
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
  const repeated = [...new Set(sent.keys())].filter((name) => sent.getAll(name).length > 1);
  const faults: RequestFault[] = repeated.map((name) => ({
    parameter: name,
    code: "repeated",
    detail: `The parameter \`${name}\` may be given once.`,
  }));
  const parsed = z.strictObject((schema ?? NO_PARAMETERS).shape).safeParse(Object.fromEntries(sent));
  if (!parsed.success) faults.push(...parameterFaults(parsed.error));
  if (parsed.success && faults.length === 0) return parsed.data;
  const names = [...new Set(faults.map((fault) => ("parameter" in fault ? fault.parameter : "")))];
  throw problem("invalid-parameter", {
    detail:
      faults.length === 1 && faults[0] !== undefined
        ? faults[0].detail
        : `These parameters are invalid: ${names.join(", ")}.`,
    errors: faults,
  });
}
