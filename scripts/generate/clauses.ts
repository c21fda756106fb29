/**
 * The clauses that the service conforms to, by id, with a short text and the source document. Names of tests begin with
 * the ids of the clauses that they verify. A clause without a test is not implemented.
 */
export interface Clause {
  readonly id: string;
  readonly says: string;
}

export interface ClauseGroup {
  readonly title: string;
  readonly source: string;
  readonly clauses: readonly Clause[];
}

function group(title: string, source: string, clauses: Readonly<Record<string, string>>): ClauseGroup {
  return { title, source, clauses: Object.entries(clauses).map(([id, says]) => ({ id, says })) };
}

export const CLAUSES: readonly ClauseGroup[] = [
  group("Order of evaluation", "RFC 9110 section 13.2.1", {
    "0": "if a request has several faults, the earliest stage responds",
  }),
  group("Idempotency keys", "draft-ietf-httpapi-idempotency-key-header-07, RFC 8785, RFC 9651", {
    A01: "an operation that requires a key refuses a request without one",
    A02: "quoted and bare are the same key; parameters are ignored",
    A03: "a malformed key, or more than one, is refused without effect",
    A04: "the first response is not marked as a replay",
    A05: "a retry gets the same response, marked as a replay; headers of the exchange are fresh",
    A06: "reusing the key for another request is refused; the first response is kept",
    A07: "a key is scoped to one principal, method and path",
    A08: "JSON is compared by value; credentials are not compared",
    A09: "of concurrent requests one is executed; the others are refused with a time to retry",
    A10: "while a request is in progress, another request with its key is refused",
    A11: "a request that was refused or invalid can be corrected under the same key",
    A12: "a conflict during execution is stored as the response",
    A13: "a failure of the service frees the key; a committed effect is replayed as a success",
    A14: "a key is stored for 24 hours",
    A15: "a crash at any point leaves at most one effect, and blocks retries only until its lease ends",
    A16: "nothing is executed if the record is unavailable",
    A17: "a replay is authenticated and authorized again",
    A18: "GET, HEAD and DELETE ignore keys; PATCH honours them",
    A19: "a replay is the stored response, even if the resource has changed",
    A20: "a replay costs one token, one platform call and no query",
    A22: "only listed headers are stored, and the whole record is encrypted",
    A23: "CORS allows the key in requests and exposes the replay mark",
  }),
  group("Rate limits", "RFC 6585, draft-ietf-httpapi-ratelimit-headers", {
    B01: "every response of a metered operation states the limits in both families of headers",
    B02: "a limit admits its capacity, then refuses with 429 and names the violated policies",
    B03: "waiting for Retry-After is sufficient and necessary",
    B04: "tokens are refilled one at a time",
    B05: "a refusal consumes no token and does not move the reset",
    B06: "of concurrent requests exactly as many pass as there are tokens",
    B07: "reset and retry times are accurate to the second",
    B08: "a limit applies to the account, whichever credential it presents",
    B09: "addresses are normalized: IPv4-mapped IPv6 counts as IPv4, and IPv6 counts by prefix",
    B10: "the cost depends on the operation; all limits are listed and the violated one is named",
    B11: "an authenticated 304 costs none of the caller's tokens",
    B12: "invalid credentials and unknown paths are charged to the address",
    B13: "OPTIONS, health checks and reading your limits are free",
    B14: "limit headers are current and never cached",
    B15: "CORS exposes the limit headers",
    B16: "too many concurrent requests are refused with a distinct reason; overload is a distinct 503",
    B17: "if a limit is unavailable, reads pass, sign-in attempts are refused, and the log records it",
  }),
  group("Conditional requests and caching", "RFC 9110 sections 8.8 and 13, RFC 9111, RFC 6585, RFC 9211", {
    C01: "reads have validators; a 304 has the headers of the 200 and no body",
    C02: "If-None-Match compares weakly and accepts lists and `*`",
    C03: "If-Match compares strongly and accepts lists and `*`; a mismatch is 412 without effect",
    C04: "a guarded write without a precondition is 428",
    C05: "the response to a successful write has the new ETag",
    C06: "the precedence of the four conditions, and when dates are ignored",
    C07: "three date formats are accepted, one is sent",
    C08: "HEAD has the headers of GET, including 304",
    C09: "the ETag depends on the representation, not on the token",
    C10: "of concurrent writes with the same ETag exactly one succeeds",
    C11: "Range is ignored",
    C12: "Vary names every header that selects the representation",
    C13: "no private response is stored in a shared cache",
    C14: "a writer never reads a state older than its own write",
    C15: "Cache-Status states how the cache handled the request",
    C17: "stale responses are sent only within their windows, refreshed once, and marked as stale",
    C18: "every response has an explicit Cache-Control",
    C19: "an ETag sent to a client that accepts compression is valid for a write",
  }),
  group("Paging", "RFC 8288, JSON:API cursor profile, AIP-158", {
    D01: "a walk visits each row once, even with equal sort keys",
    D02: "added and deleted rows do not shift a walk",
    D03: "Link header and body contain the same neighbours",
    D04: "walking back returns the same pages",
    D05: "an altered or foreign cursor is 400; an expired one is a distinct 400",
    D06: "a token that is bound to a principal is invalid for others",
    D07: "a limit out of range is 400 and the response states the range",
    D08: "combining both paging modes is 400",
    D09: "an empty list is 200",
    D10: "a page past the end is 200 and empty",
    D12: "an unknown parameter is 400",
    D13: "sort keys keep their full precision",
  }),
  group("Fields, formats, filters, sort", "JSON:API 1.1, RFC 9110 section 12, AIP-132 and 160", {
    E01: "`fields` returns exactly the named members and the id",
    E02: "an unknown field is 400 with the allowed names",
    E03: "an unreadable field is reported like one that does not exist",
    E04: "names can be repeated; an empty list is 400",
    E05: "`include` embeds each named resource once; an unknown path is 400",
    E06: "an unreadable resource is not embedded, and its existence is not revealed",
    E07: "`fields` applies to every representation, also in responses to writes; included resources are shown",
    E08: "embedding takes the same number of queries for any page size",
    E09: "other fields give another ETag; the order of names has no effect",
    E10: "Accept selects the format; 406 lists the available types, 415 the accepted ones",
    E11: "only declared filters are accepted; their values are data, never SQL",
    E12: "only declared sort keys are accepted; ties have a stable order",
    E13: "a repeated parameter is 400",
  }),
  group("Errors", "RFC 9457", {
    G01: "every failure in every layer is a problem document",
    G02: "types are stable absolute URIs, each with a page",
    G03: "a title per type, a detail per occurrence, and no internal information",
    G04: "code, correlation id and retryable are always present",
    G05: "all validation errors are returned together, with pointers that resolve",
    G07: "types and codes do not change with the language",
    G08: "405, 401, 415 and 503 have the headers that their standards require",
    G09: "the correlation id is accepted or replaced, and always returned",
    G10: "failures are not cached",
    G11: "an unexpected error is a 500 whose log line has the same correlation id",
    G12: "hidden, missing and malformed ids get the same response",
  }),
  group("Patches", "RFC 5789, RFC 7396, RFC 6902, RFC 6901", {
    I01: "responses and documents state the accepted formats",
    I02: "merge patch: null removes, arrays are replaced, an empty patch changes nothing",
    I03: "JSON Patch is atomic, strict and bounded",
    I04: "read-only members cannot be set by any format",
    I05: "the result is validated as a whole",
    I06: "patches are guarded by If-Match; the ETag changes if and only if the state changes",
    I07: "the two formats are never confused",
  }),
  group("Security", "RFC 6750, RFC 9068, RFC 9728, OWASP API Security Top 10", {
    J01: "missing, invalid and insufficient credentials are distinguished as in RFC 6750",
    J02: "a token is accepted only if all are valid: type, algorithm, issuer, audience, times, claims, key",
    J03: "a code requires PKCE S256 and the exact redirect URI, and is valid once, for one minute",
    J04: "the token endpoint accepts forms, is never cached, and reports errors as in RFC 6749",
    J05: "refresh tokens rotate; reuse revokes the family, except in a grace period that returns the same successor",
    J06: "revocation reveals nothing; introspection reveals only that a token is inactive",
    J07: "metadata is served at the URL that it states; an unknown resource is refused",
    J08: "a pushed request is valid once, for its client, for one minute",
    J09: "a bound token requires a proof with its key: for this request, recent, and used once",
    J10: "repeated login failures lead to a challenge, then a delay; known and unknown accounts are indistinguishable",
  }),
  group("Observability", "W3C Trace Context, OpenTelemetry semantic conventions, draft-inadarei-api-health-check", {
    K01: "liveness, readiness and health",
    K02: "trace context is continued or started",
    K03: "timings and platform calls are shown only to authorized callers",
    K04: "one JSON log line per request, without secrets",
  }),
  group("Documentation", "OpenAPI 3.1", {
    L01: "the OpenAPI document, the documentation and a catalogue of both are at their linked URLs",
    L02: "the service conforms to the OpenAPI document; each example is replayed",
    L03: "linting the document gives no findings",
    L04: "each problem type has a page",
    L07: "the documented commands are tested",
    L08: "pages have a strict Content-Security-Policy and work without scripts",
  }),
];
