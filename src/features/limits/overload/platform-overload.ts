/**
 * Temporary failures of the platform: if D1 or a Durable Object is overloaded or interrupted, the response is 503
 * instead of 500.
 */
import type { ErrorHandler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import { Problem, problem } from "#core/http/problem.ts";

const RETRY_AFTER = { "Retry-After": "5" };

/** Members that the platform adds to its errors. */
type PlatformError = Error & { readonly overloaded?: unknown; readonly retryable?: unknown };

/** Messages of an overloaded D1 or Durable Object. D1 has no member for it. */
const OVERLOADED = /\bis overloaded\b|\btoo many requests queued\b|\brequests queued for too long\b/i;

/** Messages of an interruption or a timeout, for errors without a member. */
const INTERRUPTED =
  /\bnetwork connection lost\b|\bdid not answer in time\b|\bcaused object to be reset\b|\breset because its code was updated\b|\bdue to transient issue\b/i;

/**
 * An error handler that turns such failures into problems. It passes these problems and all other errors to `handle`.
 */
export function recognizeOverload(handle: ErrorHandler<AppEnv>): ErrorHandler<AppEnv> {
  return (error, c) => {
    const failure = overloadProblemOf(error) ?? error;
    // The log line describes the response.
    c.error = failure;
    return handle(failure, c);
  };
}

/** The problem of an error that the platform's overload or an interruption caused. Undefined for any other error. */
export function overloadProblemOf(error: Error): Problem | undefined {
  if (error instanceof Problem && error.type !== "service-unavailable") return undefined;
  if (matches(error, "overloaded", OVERLOADED)) {
    return problem("temporary-reduced-capacity", { headers: RETRY_AFTER, cause: error });
  }
  if (error instanceof Problem || !matches(error, "retryable", INTERRUPTED)) return undefined;
  return problem("service-unavailable", { headers: RETRY_AFTER, cause: error });
}

/** Matches a member of the error or of a cause, or the message of the innermost cause. Outer ones repeat client input. */
function matches(error: PlatformError, member: "overloaded" | "retryable", words: RegExp): boolean {
  if (error[member] === true) return true;
  return error.cause instanceof Error ? matches(error.cause, member, words) : words.test(error.message);
}
