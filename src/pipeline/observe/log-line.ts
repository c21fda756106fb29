/**
 * Writes the one log line of a request. It never contains credentials, cookies, bodies or query values. The only
 * personal data is the opaque account id, so that an operator can follow one customer. Attribute names follow
 * OpenTelemetry's HTTP semantic conventions 1.x where they exist.
 */
import type { Settled } from "#core/contract/context.ts";
import type { PlatformUsage } from "#core/data/usage.ts";
import { networkOf } from "#core/http/ip-address.ts";
import { Problem } from "#core/http/problem.ts";

const MAX_PATH_CHARACTERS = 1024;
const MAX_AGENT_CHARACTERS = 256;

export function logLine(settled: Settled, durationMs: number): Record<string, unknown> {
  const { http: c, now, sentUrl, correlationId, trace, log, principal, database, meter, endpoint } = settled;
  const address = c.req.header("cf-connecting-ip");
  const route = log["http.route"] ?? endpoint?.contract.path;
  return {
    timestamp: new Date(now).toISOString(),
    level: c.res.status >= 500 ? "error" : "info",
    message: "request",
    "http.request.method": c.req.method,
    "url.path": loggedPath(sentUrl, route),
    "url.scheme": sentUrl.protocol.slice(0, -1),
    "http.route": route,
    "http.response.status_code": c.res.status,
    "http.server.request.duration": durationMs / 1000,
    "server.address": sentUrl.hostname,
    "network.protocol.version": protocolVersion(c.req.raw),
    // The network, not the full address.
    "client.address": address === undefined ? undefined : networkOf(address, { v4: 24, v6: 48 }),
    "user_agent.original": c.req.header("user-agent")?.slice(0, MAX_AGENT_CHARACTERS),
    trace_id: trace.traceId,
    span_id: trace.spanId,
    correlation_id: correlationId,
    "principal.kind": principal?.kind,
    "user.id": log["user.id"],
    "client.id": log["client.id"],
    "auth.failure": log["auth.failure"],
    "auth.key_set": log["auth.key_set"],
    "oauth.error": log["oauth.error"],
    "idempotency.failure": log["idempotency.failure"],
    "mail.failure": log["mail.failure"],
    "limit.source": log["limit.source"],
    "limit.refused": log["limit.refused"],
    "limit.shadow": log["limit.shadow"],
    "limit.failed": log["limit.failed"],
    "limit.alarm": log["limit.alarm"],
    "limit.overrides": log["limit.overrides"],
    "read_model.failure": log["read_model.failure"],
    "api.operation": endpoint?.contract.operationId,
    "db.round_trips": database?.usage.roundTrips,
    ...usageFields(meter?.usage),
    ...failureFields(c.error),
  };
}

/** Platform calls other than D1, until the response is sent. Deferred work is not included. */
function usageFields(usage: PlatformUsage | undefined): Record<string, unknown> {
  if (usage === undefined) return {};
  const { calls, answeredFrom } = usage;
  return {
    "platform.objects": calls.object,
    "platform.kv": calls.kv,
    "platform.cache": calls.cache,
    "answer.source": answeredFrom,
  };
}

/** These path parameters are secrets of mail links and authorization steps, so a reader of the log could use them. */
const SECRET_PARAMETER = /\{(token|uid)\}/;

/**
 * Secrets are longer than any id. A pasted secret link with extra characters matches no route, so it is masked here.
 */
const LIKE_A_SECRET = /[A-Za-z0-9_-]{40,}/g;

function loggedPath(url: URL, route: string | undefined): string {
  const isSecret = route !== undefined && SECRET_PARAMETER.test(route);
  return isSecret ? route : url.pathname.replaceAll(LIKE_A_SECRET, "***").slice(0, MAX_PATH_CHARACTERS);
}

/**
 * The cause of a problem, or the details of an unexpected error. Only the log shows them. Of a chain of causes, the
 * innermost is logged, because database wrappers repeat values that a client sent.
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
