/**
 * Stage 1. Sets the correlation id, trace, clock and configuration of the request. It writes the one log line at the
 * end, whatever happens.
 */
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Dependencies, RequestContext } from "#core/contract/dependencies.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { openDatabase } from "#core/data/database.ts";
import { meterUsage, type UsageMeter } from "#core/data/usage.ts";
import { acceptCorrelationId } from "#core/http/correlation.ts";
import { toHex } from "#core/http/hex.ts";
import { formatHttpDate } from "#core/http/http-date.ts";
import { NO_ORIGIN } from "#core/http/problem.ts";
import { continueTrace, formatTraceparent } from "#core/http/trace-context.ts";
import { originIn, UNREADABLE_URL } from "../route/route.ts";
import { logLine } from "./log-line.ts";
import { meterBindings } from "./metered-bindings.ts";

export function observe(dependencies: Dependencies): MiddlewareHandler<AppEnv> {
  return async function observeRequest(c, next) {
    const now = dependencies.now();
    const url = URL.parse(c.req.url) ?? UNREADABLE_URL;
    const random = toHex(dependencies.randomBytes(40));
    const correlationId = acceptCorrelationId(c.req.header("x-correlation-id") ?? null, random.slice(0, 32));
    const trace = continueTrace(
      c.req.header("traceparent") ?? null,
      c.req.header("tracestate") ?? null,
      random.slice(32, 48),
      random.slice(48),
    );
    c.set("now", now);
    c.set("url", url);
    c.set("origin", originIn(c.req.url) ?? NO_ORIGIN);
    c.set("log", {});
    c.set("correlationId", correlationId);
    c.set("trace", trace);
    try {
      await next();
      // RFC 9110 section 6.6.1: an origin server with a clock must send the date of the response.
      const { headers } = c.res;
      headers.set("Date", formatHttpDate(now));
      headers.set("X-Correlation-Id", correlationId);
      headers.set("traceparent", formatTraceparent(trace));
    } finally {
      dependencies.writeLog(JSON.stringify(logLine(c, dependencies.now() - now)));
    }
  };
}

/**
 * Reads the configuration and creates the request context, with the scopes that the modules declare.
 *
 * @throws service-unavailable if the configuration is incomplete or invalid: the service fails closed.
 */
export function configure(dependencies: Dependencies, scopes: Scopes): MiddlewareHandler<AppEnv> {
  return async function configureRequest(c, next) {
    const settings = dependencies.readSettings(c.env);
    c.set("settings", settings);
    if (settings.publicOrigin !== undefined) c.set("origin", settings.publicOrigin);
    const meter = meterUsage(dependencies.now);
    c.set("database", openDatabase(c.env.DB, { start: "first-primary", meter }));
    c.set("context", requestContextOf(c, dependencies, scopes, meter));
    await next();
  };
}

function requestContextOf(
  c: Context<AppEnv>,
  { fetch, randomBytes, writeLog }: Dependencies,
  scopes: Scopes,
  meter: UsageMeter,
): RequestContext {
  const { now, settings, origin, database, log, correlationId } = c.var;
  return {
    now,
    settings,
    scopes,
    origin,
    address: c.req.header("cf-connecting-ip") ?? "unknown",
    location: locationOf(c.req.raw),
    database,
    objects: meterBindings(c.env, meter),
    fetch,
    randomBytes,
    defer(work) {
      const told = work.catch((error: unknown) => writeLog(JSON.stringify(deferredLine(error, now, correlationId))));
      c.executionCtx.waitUntil(told);
    },
    log,
    meter,
  };
}

/** The log line for a failure after the response, when the request's own line is already written. */
function deferredLine(error: unknown, now: number, correlationId: string): Record<string, unknown> {
  return {
    timestamp: new Date(now).toISOString(),
    level: "error",
    message: "deferred",
    correlation_id: correlationId,
    "exception.message": error instanceof Error ? error.message : String(error),
  };
}

function locationOf({ cf }: Request): string | undefined {
  const colo = cf?.["colo"];
  return typeof colo === "string" ? colo : undefined;
}
