/**
 * Stage 1. Creates the request context with the correlation id, trace and clock of the request, and adds the
 * configuration. It writes the one log line at the end, whatever happens.
 */
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { type AppEnv, CONFIGURED, type RequestState } from "#core/contract/context.ts";
import type { Dependencies } from "#core/contract/dependencies.ts";
import { makeId } from "#core/contract/identifier.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { openDatabase } from "#core/data/database.ts";
import { meterUsage } from "#core/data/usage.ts";
import { acceptCorrelationId } from "#core/http/correlation.ts";
import { toHex } from "#core/http/hex.ts";
import { formatHttpDate } from "#core/http/http-date.ts";
import { NO_ORIGIN } from "#core/http/problem.ts";
import { continueTrace, formatTraceparent } from "#core/http/trace-context.ts";
import { originIn, UNREADABLE_URL } from "../route/route.ts";
import { logLine } from "./log-line.ts";
import { meterBindings } from "./metered-bindings.ts";

export function observe(dependencies: Dependencies, scopes: Scopes): Stage {
  return {
    name: "observe",
    requires: [],
    provides: ["http"],
    async handle(c, next) {
      const request = openRequest(c, dependencies, scopes);
      c.set("request", request);
      const { now, correlationId, trace } = request;
      try {
        await next();
        // RFC 9110 section 6.6.1: an origin server with a clock must send the date of the response.
        const { headers } = c.res;
        headers.set("Date", formatHttpDate(now));
        headers.set("X-Correlation-Id", correlationId);
        headers.set("traceparent", formatTraceparent(trace));
      } finally {
        dependencies.writeLog(JSON.stringify(logLine(request, dependencies.now() - now)));
      }
    },
  };
}

/** Every member has its place from the start: an object whose shape never changes is read fastest. */
type Opened = { [Name in keyof RequestState]: RequestState[Name] | undefined };

function openRequest(
  c: Context<AppEnv>,
  { now: readClock, randomBytes, fetch, writeLog }: Dependencies,
  scopes: Scopes,
): RequestState {
  const now = readClock();
  const { headers } = c.req.raw;
  const random = toHex(randomBytes(40));
  const correlationId = acceptCorrelationId(headers.get("x-correlation-id"), random.slice(0, 32));
  const opened: Opened = {
    http: c,
    now,
    scopes,
    log: {},
    correlationId,
    trace: continueTrace(headers.get("traceparent"), headers.get("tracestate"), random.slice(32, 48), random.slice(48)),
    sentUrl: URL.parse(c.req.url) ?? UNREADABLE_URL,
    origin: originIn(c.req.url) ?? NO_ORIGIN,
    address: headers.get("cf-connecting-ip") ?? "unknown",
    location: locationOf(c.req.raw),
    fetch,
    randomBytes,
    defer(work) {
      const told = work.catch((error: unknown) => writeLog(JSON.stringify(deferredLine(error, now, correlationId))));
      c.executionCtx.waitUntil(told);
    },
    cookie: (name) => getCookie(c, name),
    header: (name) => c.req.header(name),
    newId: (prefix) => makeId(prefix, now, randomBytes(10)),
    settings: undefined,
    database: undefined,
    objects: undefined,
    meter: undefined,
    endpoint: undefined,
    isPrivate: undefined,
    tagGuardsWrites: undefined,
    standings: undefined,
    principal: undefined,
    ability: undefined,
    format: undefined,
    content: undefined,
    params: undefined,
    query: undefined,
    sent: undefined,
    url: undefined,
    current: undefined,
    validated: undefined,
    keepWhole: undefined,
    body: undefined,
    form: undefined,
    execution: undefined,
  };
  return opened as RequestState; // pipeline() ensures that no stage reads a member before its stage has set it
}

/**
 * Reads the configuration and opens the bindings.
 *
 * @throws service-unavailable if the configuration is incomplete or invalid: the service fails closed.
 */
export function configure({ now, readSettings }: Dependencies): Stage {
  return stage("configure", { provides: [...CONFIGURED, "origin"] }, async (request, next) => {
    const { env } = request.http;
    request.settings = readSettings(env);
    // The configured origin replaces the one in the request's URL.
    request.origin = request.settings.publicOrigin ?? request.origin;
    request.meter = meterUsage(now);
    request.database = openDatabase(env.DB, { start: "first-primary", meter: request.meter });
    request.objects = meterBindings(env, request.meter);
    await next();
  });
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
