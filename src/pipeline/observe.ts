/**
 * Stage 1. Gives the request its correlation id, trace, clock and configuration, and writes the one log line at
 * the end whatever happens. The line never holds credentials, cookies, bodies or query values.
 */
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../contract/context.ts";
import type { Doors } from "../contract/doors.ts";
import { openDatabase } from "../data/database.ts";
import { acceptCorrelationId } from "../http/correlation.ts";
import { toHex } from "../http/hex.ts";
import { Problem } from "../http/problem.ts";
import { continueTrace, formatTraceparent } from "../http/trace-context.ts";

export function observe(doors: Doors): MiddlewareHandler<AppEnv> {
  return async function observeRequest(c, next) {
    const now = doors.now();
    const url = new URL(c.req.url);
    c.set("now", now);
    c.set("origin", url.origin);
    c.set("log", {});
    c.set("correlationId", acceptCorrelationId(c.req.header("x-correlation-id") ?? null, toHex(doors.randomBytes(16))));
    c.set(
      "trace",
      continueTrace(
        c.req.header("traceparent") ?? null,
        c.req.header("tracestate") ?? null,
        toHex(doors.randomBytes(8)),
        toHex(doors.randomBytes(16)),
      ),
    );
    await next();
    c.header("X-Correlation-Id", c.var.correlationId);
    c.header("traceparent", formatTraceparent(c.var.trace));
    doors.writeLog(JSON.stringify(logLine(c, url, doors.now() - now)));
  };
}

/**
 * Reads the configuration and opens what the request may need.
 *
 * @throws service-unavailable while the configuration is incomplete or wrong: the service fails closed.
 */
export function configure(doors: Doors): MiddlewareHandler<AppEnv> {
  return async function configureRequest(c, next) {
    const settings = doors.readSettings(c.env);
    c.set("settings", settings);
    if (settings.publicOrigin !== undefined) c.set("origin", settings.publicOrigin);
    c.set("database", openDatabase(c.env.DB));
    await next();
  };
}

/** Attribute names are OpenTelemetry's (HTTP semantic conventions 1.x) where it has one. */
function logLine(c: Context<AppEnv>, url: URL, durationMs: number): Record<string, unknown> {
  const { principal, trace, database, endpoint } = c.var;
  return {
    timestamp: new Date(c.var.now).toISOString(),
    level: c.res.status >= 500 ? "error" : "info",
    message: "request",
    "http.request.method": c.req.method,
    "url.path": url.pathname,
    "url.scheme": url.protocol.slice(0, -1),
    "http.route": endpoint?.contract.path,
    "http.response.status_code": c.res.status,
    "http.server.request.duration": durationMs / 1000,
    "server.address": url.hostname,
    "network.protocol.version": protocolVersion(c.req.raw),
    "client.address": truncateAddress(c.req.header("cf-connecting-ip")),
    "user_agent.original": c.req.header("user-agent")?.slice(0, 256),
    trace_id: trace.traceId,
    span_id: trace.spanId,
    correlation_id: c.var.correlationId,
    "principal.kind": principal?.kind,
    "api.operation": endpoint?.contract.operationId,
    "db.round_trips": database?.usage.roundTrips,
    ...failureFields(c.error),
    ...c.var.log,
  };
}

/**
 * A problem's cause, or the whole of what nobody foresaw: here is the only place that shows it. Of a chain of
 * causes the innermost speaks, since wrappers of the database repeat the values that a client sent.
 */
function failureFields(error: Error | undefined): Record<string, unknown> {
  if (error === undefined) return {};
  const type = error instanceof Problem ? error.type : "internal-error";
  const origin = innermost(error);
  if (origin instanceof Problem) return { "error.type": type };
  return {
    "error.type": type,
    "exception.type": origin.name,
    "exception.message": origin.message,
    "exception.stacktrace": origin.stack,
  };
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}

function protocolVersion(request: Request): string | undefined {
  const protocol = request.cf?.["httpProtocol"];
  return typeof protocol === "string" ? protocol.replace(/^HTTP\//, "") : undefined;
}

/** Keeps the network, drops the host: IPv4 to /24, IPv6 to /48. */
function truncateAddress(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (address.includes(":")) return `${address.split(":").slice(0, 3).join(":")}::`;
  return address.split(".").slice(0, 3).concat("0").join(".");
}
