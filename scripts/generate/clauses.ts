/**
 * The clauses of the protocol that the service implements: an id, one sentence, and the standard behind the group. The
 * name of a test begins with the ids of the clauses that it verifies. A clause without a test is not implemented.
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
    "0": "Of two faults in a request, the earlier stage responds.",
  }),
  group("Idempotency keys", "draft-ietf-httpapi-idempotency-key-header-07, RFC 8785, RFC 9651", {
    A01: "An operation that must not happen twice refuses a request without a key.",
    A02: "A quoted and a bare key are the same key; parameters are ignored.",
    A03: "An invalid key, or two keys, are refused without effect.",
    A04: "The first response is not marked as a replay.",
    A05: "The same request again gets the same response, marked as a replay; headers of a single exchange are new.",
    A06: "The key with another request is refused, and the first request stays stored.",
    A07: "A key is scoped to one principal, method and path.",
    A08: "JSON is compared by value; credentials do not count.",
    A09: "Of simultaneous requests one runs; the others get 409 with `Retry-After`.",
    A10: "While the first request runs, another request with its key is refused as different.",
    A11: "A request that was refused before it ran, or is invalid, can be corrected under the same key.",
    A12: "A conflict found by the operation itself is the stored response.",
    A13: "A failure of the service releases the key; if the effect happened, the retry gets the success.",
    A14: "A key is remembered for 24 hours.",
    A15: "A crash at any point leaves at most one effect, and blocks the key for at most its lease.",
    A16: "Without its record no operation runs.",
    A17: "A replay is authenticated and authorized again.",
    A18: "GET, HEAD and DELETE ignore keys; PATCH honours them.",
    A19: "A replay is the original response, even if the resource has changed.",
    A20: "A replay costs one token, one call and no query.",
    A22: "Only listed headers are stored, and everything stored is encrypted.",
    A23: "Pages of other origins may send the key and read the mark of a replay.",
  }),
  group("Rate limits", "RFC 6585, draft-ietf-httpapi-ratelimit-headers", {
    B01: "Every response of a metered operation contains the state of the limits, in both families of headers.",
    B02: "A limit admits its capacity, then refuses with 429 and names the violated policies.",
    B03: "A client that waits for `Retry-After` is admitted; one that waits less is not.",
    B04: "Tokens are refilled one by one.",
    B05: "A refusal takes no token and moves no reset.",
    B06: "Of simultaneous requests, exactly as many pass as there are tokens.",
    B07: "Reset and wait are exact to the second.",
    B08: "A limit belongs to the account, with any of its credentials.",
    B09: "An address is a network: IPv4 in IPv6 is IPv4, and IPv6 counts by its prefix.",
    B10: "Cost depends on the work of an operation; each limit is listed, and the violated one is named.",
    B11: "An authenticated 304 takes no tokens of the caller's account.",
    B12: "Invalid credentials, unknown paths and unsupported methods are charged to the address.",
    B13: "OPTIONS, health and reading the limits are free.",
    B14: "The state of the limits is current, never from a cache.",
    B15: "Scripts of other origins may read the headers.",
    B16: "Too many simultaneous requests are refused with a reason of their own; overload is a 503 that says so.",
    B17: "If a limit is unavailable, reads pass and login attempts do not; the log says so.",
  }),
  group("Conditional requests and caching", "RFC 9110 sections 8.8 and 13, RFC 9111, RFC 6585, RFC 9211", {
    C01: "Reads have validators; a 304 has the headers of the 200 and no body.",
    C02: "`If-None-Match` compares weakly, and accepts lists and `*`.",
    C03: "`If-Match` compares strongly, and accepts lists and `*`; a mismatch is 412 without effect.",
    C04: "A guarded write without a precondition is 428.",
    C05: "A successful write returns the new ETag.",
    C06: "The four conditions have a precedence, and dates are ignored where the RFC says so.",
    C07: "Three date formats are read; one is written.",
    C08: "HEAD has the headers of GET, and its 304.",
    C09: "The ETag depends on the representation, not on the caller or the token.",
    C10: "Of parallel writes with one ETag exactly one succeeds.",
    C11: "`Range` is ignored.",
    C12: "`Vary` names every header that selects the representation.",
    C13: "Private responses are never in a shared cache.",
    C14: "A writer never reads an older state than its own write.",
    C15: "`Cache-Status` says how the cache handled the request.",
    C17: "Stale responses are served only within their windows, refreshed once, and marked as stale.",
    C18: "Every response has an explicit `Cache-Control`.",
    C19: "An ETag given to a client that accepts compressed content can be used for a write.",
  }),
  group("Paging", "RFC 8288, JSON:API cursor profile, AIP-158", {
    D01: "A walk visits each row once, also among equal sort keys.",
    D02: "Inserted and deleted rows do not shift a walk.",
    D03: "`Link` and the body name the same neighbouring pages.",
    D04: "Walking back shows the same pages.",
    D05: "An altered cursor is 400; an expired one says so.",
    D06: "A token bound to one principal works for no other.",
    D07: "A limit out of range is 400 and names the range.",
    D08: "Two ways of paging in one request are 400.",
    D09: "An empty list is 200.",
    D10: "A page past the end is 200 and empty.",
    D12: "An unknown parameter is 400.",
    D13: "Sort keys keep their full precision.",
  }),
  group("Fields, formats, filters and sort", "JSON:API 1.1, RFC 9110 section 12, AIP-132 and 160", {
    E01: "`fields` returns exactly the named members and the id.",
    E02: "An unknown field is 400 with the list of fields.",
    E03: "A field that the caller may not read looks like an unknown field.",
    E04: "Names may repeat; an empty list is 400.",
    E05: "`include` embeds each named resource once; an unknown path is 400.",
    E06: "A resource that the caller may not read is not embedded, and its existence is not revealed.",
    E07: "`fields` apply to every representation, including responses to writes; named includes are always shown.",
    E08: "Embedded resources cost the same number of queries, however long the page.",
    E09: "Other fields have another ETag; the order of names does not matter.",
    E10: "`Accept` selects the format; 406 and 415 list the supported ones.",
    E11: "Filters are an allow-list; their values are data.",
    E12: "Sort keys are an allow-list with a stable tie-break.",
    E13: "A repeated parameter is 400.",
  }),
  group("Errors", "RFC 9457", {
    G01: "Every failure of every layer is a problem document.",
    G02: "Types are stable absolute URIs with a page.",
    G03: "Each type has a title and each occurrence a detail; neither reveals anything of the inside.",
    G04: "Code, correlation id and retryable are always present.",
    G05: "All validation errors are returned together, with pointers that resolve.",
    G07: "Types and codes do not change with the language.",
    G08: "405, 401, 415 and 503 have the headers that help the client.",
    G09: "The correlation id is accepted or replaced, and always returned.",
    G10: "Failures are not cached.",
    G11: "An unexpected failure is a 500, and its id finds it in the log.",
    G12: "Hidden, missing and malformed ids look the same.",
  }),
  group("Patches", "RFC 5789, RFC 7396, RFC 6902, RFC 6901", {
    I01: "Responses name the accepted patch formats where this helps the client.",
    I02: "Merge patch: null removes, arrays are replaced, an empty patch changes nothing.",
    I03: "JSON Patch is atomic, strict and bounded.",
    I04: "No format can set a member that is not writable.",
    I05: "The result is validated as a whole.",
    I06: "`If-Match` guards a patch; the ETag changes exactly when the state does.",
    I07: "The two formats are not mistaken for each other.",
  }),
  group("Security", "RFC 6750, RFC 9068, RFC 9728, OWASP API Security Top 10", {
    J01: "Missing, invalid and insufficient credentials are distinguished as RFC 6750 says.",
    J02: "A token is accepted only if type, algorithm, issuer, audience, times, claims and key are all valid.",
    J03: "A code requires PKCE S256 and the exact redirect URI, and is valid once, for a minute.",
    J04: "The token endpoint accepts forms, its responses are never stored, and its errors follow RFC 6749.",
    J05: "Refresh tokens rotate; reuse ends the family, except in the grace period that returns the same successor.",
    J06: "Revocation reveals nothing; introspection of an inactive token reveals only that it is inactive.",
    J07: "Metadata names the URL it is served from; an unknown resource is refused.",
    J08: "A pushed request is valid once, for its client, for a minute.",
    J09: "A bound token requires a proof of its key: for this request, of this minute, used once.",
    J10: "Password guessing meets a challenge, then a wait; known and unknown accounts are indistinguishable.",
  }),
  group("Observability", "W3C Trace Context, OpenTelemetry semantic conventions, draft-inadarei-api-health-check", {
    K01: "The service has liveness, readiness and health endpoints.",
    K02: "Trace context is continued or started anew.",
    K03: "Timings and platform calls are shown only to callers who may see them.",
    K04: "Each request writes one JSON log line without secrets.",
  }),
  group("Documentation", "OpenAPI 3.1", {
    L01: "The document, the documentation and a catalogue of both are where links say.",
    L02: "The document describes what the service does; each example is replayed.",
    L03: "The linter finds nothing in the document.",
    L04: "Each problem type has a page.",
    L07: "The commands in the documentation are run.",
    L08: "Pages have a strict policy and work without scripts.",
  }),
];
