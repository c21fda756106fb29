/**
 * The one registry of problem types (RFC 9457 section 4). It yields the status, the title, the body, the
 * responses in the OpenAPI document and the page at the type's own URI. A type is never renamed or reused.
 */

/** What is known of a problem before it happens. `cause`, `fix` and `detail` are read by people on the type's page. */
export interface ProblemType {
  readonly status: ProblemStatus;
  readonly title: string;
  /** Whether the same request can succeed later without being changed. */
  readonly retryable: boolean;
  readonly cause: string;
  readonly fix: string;
  /** What an occurrence says that has nothing more particular to say: true of each of them. */
  readonly detail: string;
}

export type ProblemStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 406
  | 409
  | 410
  | 412
  | 413
  | 414
  | 415
  | 422
  | 428
  | 429
  | 500
  | 503;

export const PROBLEM_TYPES = {
  "validation-error": {
    status: 422,
    title: "The content is invalid",
    retryable: false,
    cause: "The body is well-formed JSON, but one or more of its members break the contract of the operation.",
    fix: "Each entry of `errors` names a member by JSON pointer and says what it must be. Mend all of them and send the request again; an idempotency key may be used again.",
    detail: "Members of the body are invalid.",
  },
  "malformed-request": {
    status: 400,
    title: "The request is malformed",
    retryable: false,
    cause:
      "The body is not JSON as RFC 8259 and RFC 7493 define it (bad UTF-8, a duplicate key, nesting beyond 32 levels), a patch operation is malformed, or the request line or a header breaks its grammar.",
    fix: "Serialise the body with a JSON library instead of by hand, and send it as UTF-8 without a byte order mark.",
    detail: "The request cannot be read.",
  },
  "invalid-parameter": {
    status: 400,
    title: "A parameter is invalid",
    retryable: false,
    cause:
      "A query parameter is unknown to the operation, given twice, out of range, or names a field, filter, facet or sort order that does not exist.",
    fix: "Each entry of `errors` names the parameter and lists what is allowed. Parameters are never ignored in silence.",
    detail: "A query parameter is not one that the operation takes.",
  },
  "invalid-cursor": {
    status: 400,
    title: "The cursor is invalid",
    retryable: false,
    cause:
      "A cursor was altered, cut short, made by another deployment, or used with other filters, another sort order, another collection or by another principal than the page it came from.",
    fix: "Take `next` and `prev` as they are from the page before, together with the same filters and sort order; or start again without a cursor.",
    detail: "The cursor does not belong to this list.",
  },
  "cursor-expired": {
    status: 400,
    title: "The cursor has expired",
    retryable: false,
    cause: "A cursor lives for a limited time, and this one is older.",
    fix: "Start again from the first page. To resume a walk after days, remember the last item's sort key and filter by it.",
    detail: "The cursor is too old.",
  },
  "snapshot-expired": {
    status: 410,
    title: "The snapshot has expired",
    retryable: false,
    cause: "A snapshot freezes a list for 15 minutes, and this one is older.",
    fix: "Ask for `page=1` without a snapshot: the answer carries a new one.",
    detail: "The snapshot is older than 15 minutes.",
  },
  unauthorized: {
    status: 401,
    title: "Authentication is required",
    retryable: false,
    cause:
      "The operation needs credentials and the request had none, or the credentials are malformed, expired, revoked or meant for another service.",
    fix: "Send an access token in the `Authorization` header. The `WWW-Authenticate` header says what is missing or wrong.",
    detail: "The access token is not valid.",
  },
  forbidden: {
    status: 403,
    title: "The operation is not permitted",
    retryable: false,
    cause: "The credentials are valid, but this principal may not do this.",
    fix: "Ask for a token with the scope that `WWW-Authenticate` names, or have somebody act who may.",
    detail: "This principal may not do this.",
  },
  "not-found": {
    status: 404,
    title: "There is no such resource",
    retryable: false,
    cause:
      "Nothing is at this URL, or nothing that this principal may know of. A malformed identifier is a missing one.",
    fix: "Check the path against the documentation and the identifier against the answer it came from.",
    detail: "There is nothing here.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The method is not allowed",
    retryable: false,
    cause: "The resource exists, but not with this method.",
    fix: "Use one of the methods in the `Allow` header.",
    detail: "The method is not allowed here.",
  },
  "not-acceptable": {
    status: 406,
    title: "No acceptable representation",
    retryable: false,
    cause: "The `Accept` header excludes every format the resource has.",
    fix: "Accept one of the formats that `detail` lists, or leave `Accept` out.",
    detail: "The resource has no format that `Accept` admits.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The media type is not supported",
    retryable: false,
    cause: "The body's `Content-Type` or `Content-Encoding` is not one that the operation takes.",
    fix: "Send one of the types in the `Accept`, `Accept-Post` or `Accept-Patch` header of the answer, without content encoding.",
    detail: "The operation does not take this kind of content.",
  },
  "content-too-large": {
    status: 413,
    title: "The content is too large",
    retryable: false,
    cause: "The body is larger than 1 MiB, declared or as it arrived.",
    fix: "Send less in one request.",
    detail: "The body may have at most 1048576 bytes.",
  },
  "uri-too-long": {
    status: 414,
    title: "The URL is too long",
    retryable: false,
    cause: "The URL has more than 8,192 characters, or its query more than 2,000 bytes beside the position in a list.",
    fix: "Ask for fewer filters or fields at once.",
    detail: "The URL may have at most 8192 characters.",
  },
  "precondition-required": {
    status: 428,
    title: "A precondition is required",
    retryable: false,
    cause:
      "The operation changes a resource that others may be changing too, and the request does not say which state it starts from.",
    fix: "GET the resource, and send its `ETag` as `If-Match` with the change.",
    detail: "Send the ETag of the state you are changing as If-Match.",
  },
  "precondition-failed": {
    status: 412,
    title: "The resource has changed",
    retryable: false,
    cause:
      "The resource is not in the state that `If-Match`, `If-Unmodified-Since` or `If-None-Match` names: somebody else changed it first. Or the request depends on no state at all, as a POST to a collection.",
    fix: "GET the resource again, apply the change to its present state, and send the new `ETag` as `If-Match`. Leave these headers out where something new is made.",
    detail: "The resource is not in the state that the request names.",
  },
  "idempotency-key-missing": {
    status: 400,
    title: "An idempotency key is required",
    retryable: false,
    cause: "The operation must not happen twice, and the request has no `Idempotency-Key`.",
    fix: "Make a random key (a UUID) for each intended effect, keep it with the intent, and send the same key with each retry.",
    detail: "Send an Idempotency-Key header.",
  },
  "idempotency-key-invalid": {
    status: 400,
    title: "The idempotency key is invalid",
    retryable: false,
    cause:
      "The key is empty, longer than 255 characters, has characters that are not visible ASCII, or was sent twice.",
    fix: "Send one key, bare or in double quotes; a UUID is best.",
    detail: "The Idempotency-Key must be 1 to 255 visible ASCII characters.",
  },
  "idempotency-key-reused": {
    status: 422,
    title: "The idempotency key was used for another request",
    retryable: false,
    cause: "The key belongs to a request with other content. The first request and its answer stand.",
    fix: "Make a new key for the new request.",
    detail: "This Idempotency-Key was first used with another request.",
  },
  "idempotency-in-progress": {
    status: 409,
    title: "The request is already being carried out",
    retryable: true,
    cause: "Another request with this idempotency key has not ended yet.",
    fix: "Wait as `Retry-After` says and send the request again with the same key.",
    detail: "A request with this Idempotency-Key is in progress.",
  },
  "quota-exceeded": {
    status: 429,
    title: "Too many requests",
    retryable: true,
    cause: "A limit is used up: that of the principal, of the address, or of the operation.",
    fix: "Wait as `Retry-After` says, then go on at the rate that `RateLimit-Policy` gives.",
    detail: "A limit is used up.",
  },
  "challenge-required": {
    status: 403,
    title: "A challenge must be solved",
    retryable: false,
    cause:
      "Too many attempts to sign in to the account, or from the network, failed. The next attempt needs a solved challenge.",
    fix: "Solve the challenge on the sign-in page. If the page shows none, wait for the time it shows, reset your password by email at `/reset`, or sign in with a passkey.",
    detail: "Solve the challenge and try again.",
  },
  "out-of-stock": {
    status: 409,
    title: "Not enough in stock",
    retryable: false,
    cause: "A product of the order has fewer units left than the order asks for. Nothing was ordered.",
    fix: "Order fewer units, or leave the product out.",
    detail: "A product of the order has too few units left.",
  },
  "invalid-transition": {
    status: 409,
    title: "The state does not allow this",
    retryable: false,
    cause: "The resource is in a state from which this step cannot be taken.",
    fix: "GET the resource: its links are the steps that are possible now.",
    detail: "The resource's state does not allow this step.",
  },
  conflict: {
    status: 409,
    title: "The change conflicts with the resource's state",
    retryable: false,
    cause:
      "A JSON Patch tests for a value that is not there, or names a location that does not exist; or the resource's state, or a limit of its owner, does not allow the change. Nothing was changed.",
    fix: "GET the resource again and make the change anew, as its present state allows.",
    detail: "The resource is not in the state that the change expects.",
  },
  "version-retired": {
    status: 410,
    title: "This version has been retired",
    retryable: false,
    cause: "The version of the API is past its `Sunset` date.",
    fix: "Move to the version that the `successor-version` link names; its migration guide has each change.",
    detail: "The version of the URL was retired.",
  },
  "service-unavailable": {
    status: 503,
    title: "The service is not available",
    retryable: true,
    cause: "The service is not configured, or something it depends on does not answer.",
    fix: "Try again as `Retry-After` says. Operators find the reason in the log under the correlation id.",
    detail: "The service cannot answer at the moment.",
  },
  "temporary-reduced-capacity": {
    status: 503,
    title: "The service has too much to do",
    retryable: true,
    cause:
      "More requests arrive than can be worked on at the moment, here or in the database. It is nobody's limit that is used up.",
    fix: "Wait as `Retry-After` says, and longer each time it happens again. Lists and searches are turned away first, single reads next, writes last.",
    detail: "There is too much to do at the moment.",
  },
  "internal-error": {
    status: 500,
    title: "Something went wrong on our side",
    retryable: true,
    cause: "A fault in the service. Nothing of its inside is shown; the log has it under the correlation id.",
    fix: "Try again; if it stays, report the `correlation_id`.",
    detail: "The request could not be completed.",
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemName = keyof typeof PROBLEM_TYPES;

export const PROBLEM_NAMES = Object.keys(PROBLEM_TYPES) as ProblemName[]; // keys() of a const object are its keyof

/** The type's machine-readable `code`: its name in UPPER_SNAKE. */
export function problemCode(name: ProblemName): string {
  return name.toUpperCase().replaceAll("-", "_");
}
