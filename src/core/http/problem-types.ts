/**
 * Problem types (RFC 9457 section 4). Response bodies, the responses in the OpenAPI document and the page at each type's
 * URI come from them. The types that any service needs are here. A module declares its own as constants of the type
 * ProblemType, which its endpoints name. A type is never renamed or reused.
 */
import type { ClientErrorStatusCode, ServerErrorStatusCode } from "hono/utils/http-status";

/** What every occurrence of a problem type has in common. The type's page shows `cause`, `fix` and `detail` to people. */
export interface ProblemType {
  /** kebab-case, unique among all types. The last segment of the type's URI. */
  readonly name: string;
  readonly status: ProblemStatus;
  readonly title: string;
  /** Whether the same request can succeed later, unchanged. */
  readonly retryable: boolean;
  readonly cause: string;
  readonly fix: string;
  /** The default `detail` of an occurrence. It must be true of every occurrence. */
  readonly detail: string;
}

export type ProblemStatus = ClientErrorStatusCode | ServerErrorStatusCode;

export const PROBLEM_TYPES = {
  "validation-error": {
    status: 422,
    title: "The request body is invalid",
    retryable: false,
    cause: "The body is well-formed JSON, but one or more members break the operation's schema.",
    fix: "Each entry of `errors` points to a member by JSON pointer and says what it must be. Fix all of them and send the request again. You can reuse the idempotency key.",
    detail: "The request body has invalid members.",
  },
  "malformed-request": {
    status: 400,
    title: "The request is malformed",
    retryable: false,
    cause:
      "The body is not valid JSON (RFC 8259, RFC 7493): for example invalid UTF-8, a duplicate key, or more than 32 levels of nesting. Or a patch operation, a header or the request line is malformed.",
    fix: "Serialize the body with a JSON library, and send it as UTF-8 without a byte order mark.",
    detail: "The request cannot be parsed.",
  },
  "invalid-parameter": {
    status: 400,
    title: "A query parameter is invalid",
    retryable: false,
    cause:
      "A query parameter is unknown, repeated or out of range, or names a field, filter, facet or sort key that does not exist.",
    fix: "Each entry of `errors` names a parameter and lists the allowed values. Unknown parameters are always rejected, never ignored.",
    detail: "A query parameter is invalid.",
  },
  "invalid-cursor": {
    status: 400,
    title: "The cursor is invalid",
    retryable: false,
    cause:
      "The cursor was altered or truncated, comes from another deployment, or was used with other filters, another sort order, another collection or another principal.",
    fix: "Use `next` and `prev` unchanged, with the same filters and sort order as the page they came from. Or start again without a cursor.",
    detail: "The cursor does not belong to this list.",
  },
  "cursor-expired": {
    status: 400,
    title: "The cursor has expired",
    retryable: false,
    cause: "A cursor is valid for a limited time, and this one is older.",
    fix: "Start again from the first page. To resume after days, store the sort key of the last item and filter by it.",
    detail: "The cursor has expired.",
  },
  "snapshot-expired": {
    status: 410,
    title: "The snapshot has expired",
    retryable: false,
    cause: "A snapshot keeps a list for 15 minutes, and this one is older.",
    fix: "Request `page=1` without a snapshot. The response contains a new one.",
    detail: "The snapshot is older than 15 minutes.",
  },
  unauthorized: {
    status: 401,
    title: "Authentication is required",
    retryable: false,
    cause:
      "The operation requires credentials. The request has none, or they are malformed, expired, revoked or issued for another service.",
    fix: "Send an access token in the `Authorization` header. The `WWW-Authenticate` header says what is missing or wrong.",
    detail: "The access token is not valid.",
  },
  forbidden: {
    status: 403,
    title: "The operation is not permitted",
    retryable: false,
    cause: "The credentials are valid, but the principal does not have permission for this operation.",
    fix: "Request a token with the scope that `WWW-Authenticate` names, or use an account that has the permission.",
    detail: "This principal does not have permission for this operation.",
  },
  "not-found": {
    status: 404,
    title: "The resource does not exist",
    retryable: false,
    cause:
      "The URL does not name a resource, or the principal may not know that the resource exists. A malformed identifier is treated as one that does not exist.",
    fix: "Check the path against the documentation, and the identifier against the response that it came from.",
    detail: "There is no resource at this URL.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The method is not allowed",
    retryable: false,
    cause: "The resource exists, but does not support this method.",
    fix: "Use one of the methods in the `Allow` header.",
    detail: "This resource does not support the method.",
  },
  "not-acceptable": {
    status: 406,
    title: "No acceptable representation",
    retryable: false,
    cause: "The `Accept` header excludes every format of the resource.",
    fix: "Accept one of the formats that `detail` lists, or omit the `Accept` header.",
    detail: "The resource has no format that the `Accept` header allows.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The media type is not supported",
    retryable: false,
    cause: "The operation does not support the `Content-Type` or `Content-Encoding` of the body.",
    fix: "Send one of the types that the `Accept`, `Accept-Post` or `Accept-Patch` response header lists, without a content encoding.",
    detail: "The operation does not support this media type.",
  },
  "content-too-large": {
    status: 413,
    title: "The request body is too large",
    retryable: false,
    cause: "The body is larger than 1 MiB.",
    fix: "Split the work into several smaller requests.",
    detail: "The body may have at most 1048576 bytes.",
  },
  "uri-too-long": {
    status: 414,
    title: "The URL is too long",
    retryable: false,
    cause:
      "The URL has more than 8,192 characters, or the query of a list has more than 2,000 bytes, not counting the cursor or page.",
    fix: "Use fewer filters or fields in one request.",
    detail: "The URL may have at most 8192 characters.",
  },
  "precondition-required": {
    status: 428,
    title: "A precondition is required",
    retryable: false,
    cause:
      "The operation changes a resource that other clients may also be changing. The request does not name the state that it starts from.",
    fix: "GET the resource, and send its `ETag` as `If-Match` with the change.",
    detail: "Send the ETag of the state you are changing as If-Match.",
  },
  "precondition-failed": {
    status: 412,
    title: "The resource has changed",
    retryable: false,
    cause:
      "The resource is not in the state that `If-Match`, `If-Unmodified-Since` or `If-None-Match` names, usually because another client changed it first. Or the operation does not depend on a state, such as a POST to a collection.",
    fix: "GET the resource again, apply the change to its current state, and send the new `ETag` as `If-Match`. Omit these headers when you create a resource.",
    detail: "The resource is not in the state that the request names.",
  },
  "idempotency-key-missing": {
    status: 400,
    title: "An idempotency key is required",
    retryable: false,
    cause: "The operation must not take effect twice, and the request has no `Idempotency-Key` header.",
    fix: "Generate a random key, such as a UUID, for each intended effect. Store it, and send the same key with each retry.",
    detail: "Send an Idempotency-Key header.",
  },
  "idempotency-key-invalid": {
    status: 400,
    title: "The idempotency key is invalid",
    retryable: false,
    cause:
      "The key is empty, is longer than 255 characters, contains a character that is not visible ASCII, or was sent twice.",
    fix: "Send one key, with or without double quotes. A UUID works best.",
    detail: "The Idempotency-Key must be 1 to 255 visible ASCII characters.",
  },
  "idempotency-key-reused": {
    status: 422,
    title: "The idempotency key was used for another request",
    retryable: false,
    cause: "The key belongs to a request with different content. The first request and its response are unchanged.",
    fix: "Generate a new key for the new request.",
    detail: "This Idempotency-Key was first used with another request.",
  },
  "idempotency-in-progress": {
    status: 409,
    title: "The request is already in progress",
    retryable: true,
    cause: "Another request with this idempotency key has not finished.",
    fix: "Wait for the time in `Retry-After`, then send the request again with the same key.",
    detail: "A request with this Idempotency-Key is in progress.",
  },
  "quota-exceeded": {
    status: 429,
    title: "Too many requests",
    retryable: true,
    cause: "The request exceeds a rate limit of the principal, of the IP address or of the operation.",
    fix: "Wait for the time in `Retry-After`, then stay below the rate in `RateLimit-Policy`.",
    detail: "The rate limit is exceeded.",
  },
  "challenge-required": {
    status: 403,
    title: "A challenge is required",
    retryable: false,
    cause:
      "Too many attempts to sign in to the account, or from the network, failed. The next attempt needs a solved challenge.",
    fix: "Solve the challenge on the sign-in page. If the page shows none, wait for the time it shows, reset your password by email at `/reset`, or sign in with a passkey.",
    detail: "Solve the challenge and try again.",
  },
  "invalid-transition": {
    status: 409,
    title: "The state does not allow this operation",
    retryable: false,
    cause: "The resource is in a state that does not allow this operation.",
    fix: "GET the resource. Its links name the operations that its current state allows.",
    detail: "The state of the resource does not allow this operation.",
  },
  conflict: {
    status: 409,
    title: "The change conflicts with the current state",
    retryable: false,
    cause:
      "A JSON Patch has a `test` that fails, or a path that does not exist. Or the state of the resource, or a limit of its owner, does not allow the change. Nothing was changed.",
    fix: "GET the resource again, and make a change that its current state allows.",
    detail: "The resource is not in the state that the change expects.",
  },
  "version-retired": {
    status: 410,
    title: "This API version has been retired",
    retryable: false,
    cause: "The API version is past its `Sunset` date.",
    fix: "Migrate to the version that the `successor-version` link names. Its migration guide lists every change.",
    detail: "The API version in the URL has been retired.",
  },
  "service-unavailable": {
    status: 503,
    title: "The service is unavailable",
    retryable: true,
    cause: "The service is not configured, or a system that it depends on does not respond.",
    fix: "Try again after the time in `Retry-After`. Operators find the reason in the log under the correlation id.",
    detail: "The service is temporarily unavailable.",
  },
  "temporary-reduced-capacity": {
    status: 503,
    title: "The service is overloaded",
    retryable: true,
    cause:
      "The service or its database receives more requests than it can process. Your rate limits are not the cause.",
    fix: "Wait for the time in `Retry-After`, and increase the delay with each retry. Lists and searches are rejected first, single reads next, writes last.",
    detail: "The service is temporarily overloaded.",
  },
  "internal-error": {
    status: 500,
    title: "Internal error",
    retryable: true,
    cause: "The service has a fault. The response shows no details. The log records them under the correlation id.",
    fix: "Try again. If the error persists, report the `correlation_id`.",
    detail: "The request could not be completed.",
  },
} as const satisfies Record<string, Omit<ProblemType, "name">>;

export type ProblemName = keyof typeof PROBLEM_TYPES;

export const PROBLEM_NAMES = Object.keys(PROBLEM_TYPES) as ProblemName[]; // keys() of a const object are its keyof

/** How code refers to a type: the name of a type of this file, or a module's own type. */
export type AnyProblemType = ProblemName | ProblemType;

export function problemTypeOf(type: AnyProblemType): ProblemType {
  return typeof type === "string" ? { name: type, ...PROBLEM_TYPES[type] } : type;
}

/** The machine-readable `code` of a type: its name in UPPER_SNAKE. */
export function problemCode(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
